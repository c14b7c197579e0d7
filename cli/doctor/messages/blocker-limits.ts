/** Messages for the reasons of `dialing_blockers` that are limits or waits, not faults. */
import { words } from "./blocker-words.ts";
import type { BlockerWords } from "./blocker-words.ts";

export const limitWords: readonly (readonly [string, BlockerWords])[] = [
  [
    "TRUNK_CHANNELS",
    words(["max_channels is reached", "max_channels atingido"]),
  ],
  [
    "CAMPAIGN_CONCURRENCY",
    words(["max_concurrent_calls is reached", "max_concurrent_calls atingido"]),
  ],
  [
    "MAX_CONCURRENT_ORIGINATES",
    words([
      "the engine's limit of unanswered calls is reached",
      "o limite de ligações não atendidas do engine foi atingido",
    ]),
  ],
  [
    "ACCOUNT_SHARE",
    words([
      "the rest of the trunk or of the PBX is the share of other accounts",
      "o que resta do tronco ou do PABX é a parte de outras contas",
    ]),
  ],
  [
    "ACCOUNT_CONCURRENCY",
    words([
      "the account's max_concurrent_calls is reached",
      "o max_concurrent_calls da conta foi atingido",
    ]),
  ],
  [
    "ACCOUNT_CPS",
    words([
      "the account's max_calls_per_second is used up",
      "o max_calls_per_second da conta se esgotou",
    ]),
  ],
  [
    "ACCOUNT_DIALS_PER_DAY",
    words([
      "the account's max_dials_per_day is reached",
      "o max_dials_per_day da conta foi atingido",
    ]),
  ],
  [
    "ACCOUNT_COUNTRY",
    words([
      "numbers of countries that the account may not call",
      "números de países que a conta não pode chamar",
    ]),
  ],
  [
    "DESTINATION_INACTIVE",
    words(
      ["its destination is switched off", "o destino dela está desligado"],
      [
        "Choose another destination_id, or update destinations set is_active = true.",
        "Escolha outro destination_id, ou update destinations set is_active = true.",
      ],
    ),
  ],
  [
    "DESTINATION_NOT_PERMITTED",
    words(
      [
        "its account may not use its destination",
        "a conta dela não pode usar o destino dela",
      ],
      [
        "Choose another destination_id; or the administrator adds the account to account_ids in destinations.",
        "Escolha outro destination_id; ou o administrador inclui a conta em account_ids de destinations.",
      ],
    ),
  ],
  [
    "DESTINATION_NODE",
    words(
      [
        "its destination is on a PBX that none of its trunks belongs to",
        "o destino dela fica em um PABX ao qual nenhum dos troncos dela pertence",
      ],
      [
        "Choose a destination on the PBX of its trunks, or correct voice_node in destinations.",
        "Escolha um destino no PABX dos troncos dela, ou corrija voice_node em destinations.",
      ],
    ),
  ],
  [
    "ACCOUNT_CALLER_ID",
    words([
      "the campaign's caller_id may not be shown",
      "o caller_id da campanha não pode ser mostrado",
    ]),
  ],
  [
    "ACCOUNT_TRUNKS",
    words([
      "the account may use none of these trunks",
      "a conta não pode usar nenhum destes troncos",
    ]),
  ],
  [
    "NO_CALLER_ID",
    words(
      [
        "neither campaign nor trunk has a caller id: FreeSWITCH shows 0000000000",
        "nem a campanha nem o tronco têm número de origem: o FreeSWITCH mostra 0000000000",
      ],
      [
        "Set caller_id of the trunk or of the campaign. It is dialled all the same: a gateway may set a number of its own.",
        "Ponha caller_id no tronco ou na campanha. As ligações saem mesmo assim: o gateway pode ter número próprio.",
      ],
    ),
  ],
  [
    "SWITCH_PAUSED",
    words(
      [
        "the PBX was paused by its operator and takes no new calls",
        "o PABX foi pausado pelo operador dele e não aceita ligações novas",
      ],
      [
        "Nothing, or end it: `fsctl resume` (FreeSWITCH).",
        "Nada, ou termine a pausa: `fsctl resume` (FreeSWITCH).",
      ],
    ),
  ],
  [
    "PBX_SHUTTING_DOWN",
    words(
      [
        "Asterisk is shutting down gracefully: it waits for its last call and makes no new ones",
        "o Asterisk está sendo desligado de forma ordenada: espera a última ligação e não faz novas",
      ],
      [
        "Nothing, if it was `core restart gracefully`: dialling resumes once it is back. To resume at once: `asterisk -rx 'core abort shutdown'`.",
        "Nada, se foi `core restart gracefully`: a discagem recomeça assim que ele voltar. Para recomeçar já: `asterisk -rx 'core abort shutdown'`.",
      ],
    ),
  ],
  [
    "SWITCH_CPS",
    words([
      "the PBX's own calls per second are used up",
      "as ligações por segundo do próprio PABX se esgotaram",
    ]),
  ],
  [
    "SWITCH_SESSIONS",
    words([
      "the PBX has no room for more calls",
      "o PABX não comporta mais ligações",
    ]),
  ],
  [
    "HIGHER_PRIORITY_CAMPAIGN",
    words(["another campaign goes first", "outra campanha tem prioridade"]),
  ],
  [
    "OUTSIDE_WINDOW",
    words(["outside calling hours", "fora do horário de discagem"]),
  ],
  [
    "NO_LEAD_DUE",
    words(["every lead waits for its time", "todo lead espera a sua hora"]),
  ],
  [
    "PASS_LIMIT",
    words(["the next pass goes on", "a próxima passada continua"]),
  ],
  [
    "NO_OTHER_TRUNK",
    words([
      "a call should have been tried again on another trunk, and none is available",
      "uma ligação deveria ser tentada por outro tronco, e nenhum está disponível",
    ]),
  ],
  [
    "PHONE_BUSY",
    words([
      "the number is in another call of the account",
      "o número está em outra ligação da conta",
    ]),
  ],
  [
    "PHONE_GAP",
    words([
      "the number rang less than min_gap_seconds ago",
      "o número tocou há menos de min_gap_seconds",
    ]),
  ],
  [
    "PHONE_DAILY_MAX",
    words([
      "max_dials_per_phone_per_day is reached",
      "max_dials_per_phone_per_day atingido",
    ]),
  ],
  [
    "DNC",
    words([
      "leads on the do-not-call list were left out",
      "leads na lista de não perturbe ficaram de fora",
    ]),
  ],
  [
    "MAX_ATTEMPTS",
    words([
      "leads have used up their attempts",
      "leads esgotaram suas tentativas",
    ]),
  ],
  [
    "MAX_DIALS",
    words(["leads have used up their dials", "leads esgotaram suas discagens"]),
  ],
];
