/** Messages for the reasons of `dialing_blockers`. */
import { limitWords } from "./blocker-limits.ts";
import { words } from "./blocker-words.ts";
import type { BlockerWords } from "./blocker-words.ts";

const seeTrunk = [
  "See last_fault and disabled_reason in trunk_config; it is tried again by itself.",
  "Veja last_fault e disabled_reason em trunk_config; ele volta a ser tentado sozinho.",
] as const;
const trunkOut = [
  "the trunk is out after faults",
  "o tronco está fora após falhas",
] as const;

/** Reasons that end by themselves have no advice. */
export const blockerWords: ReadonlyMap<string, BlockerWords> = new Map([
  [
    "ACCOUNT_UNKNOWN",
    words(
      [
        "the account has no row in accounts",
        "a conta não tem linha em accounts",
      ],
      [
        "The administrator decides: insert into accounts (id, name) values (the campaign's account_id, a name).",
        "O administrador decide: insert into accounts (id, name) values (o account_id da campanha, um nome).",
      ],
    ),
  ],
  [
    "ACCOUNT_INACTIVE",
    words(
      ["the account is switched off", "a conta está desligada"],
      [
        "The administrator decides: update accounts set is_active = true.",
        "O administrador decide: update accounts set is_active = true.",
      ],
    ),
  ],
  [
    "NOT_ACTIVE",
    words(
      ["it is not to dial", "não é para ela discar"],
      [
        "detail in dialing_blockers says why, changed_by who paused or ended it.",
        "detail em dialing_blockers diz por quê, changed_by quem a pausou ou encerrou.",
      ],
    ),
  ],
  [
    "NO_PASS_YET",
    words(
      [
        "the engine has not examined it yet",
        "o engine ainda não olhou para ela",
      ],
      [
        "Wait a second; if it stays, no engine is alive or its log shows errors.",
        "Espere um segundo; se persistir, não há engine vivo ou o log mostra erros.",
      ],
    ),
  ],
  [
    "NO_ACTIVE_ENGINE",
    words(
      [
        "no engine serves the PBX of its trunks",
        "nenhum engine atende o PABX dos troncos dela",
      ],
      [
        "Start one; compare VOICE_NODE with the trunks' voice_node.",
        "Inicie um; compare VOICE_NODE com o voice_node dos troncos.",
      ],
    ),
  ],
  [
    "NO_LEASE",
    words(
      ["no engine holds the PBX", "nenhum engine assumiu o PABX"],
      [
        "Wait some seconds: a take-over.",
        "Espere alguns segundos: é uma troca de engine.",
      ],
    ),
  ],
  [
    "PBX_DISCONNECTED",
    words(
      ["the engine has no connection to its PBX", "o engine está sem o PABX"],
      [
        "The lines about the PBX say why.",
        "As linhas sobre o PABX dizem por quê.",
      ],
    ),
  ],
  [
    "CALLS_UNHEARD",
    words(
      [
        "calls end without any event from the PBX",
        "as ligações terminam sem nenhum evento do PABX",
      ],
      [
        "Correct what keeps its events from the engine: permissions, filters, event mask. From time to time one call tests it.",
        "Corrija o que impede os eventos de chegar ao engine: permissões, filtros, máscara de eventos. De tempos em tempos uma ligação faz o teste.",
      ],
    ),
  ],
  [
    "ADAPTER_MISMATCH",
    words(
      [
        "the engine and the trunks are for different PBXs",
        "o engine e os troncos são de PABX diferentes",
      ],
      [
        "Give the engine the right VOICE_ADAPTER, the trunk the right dial_string.",
        "Dê ao engine o VOICE_ADAPTER certo e ao tronco o dial_string certo.",
      ],
    ),
  ],
  [
    "NO_TRUNK",
    words(
      ["it may use no trunk", "ela não pode usar nenhum tronco"],
      [
        "Make one in trunk_config; look at account_id there and at campaign_trunks.",
        "Crie um em trunk_config; veja o account_id de lá e campaign_trunks.",
      ],
    ),
  ],
  [
    "TRUNK_INACTIVE",
    words(
      ["a trunk is switched off", "um tronco está desligado"],
      [
        "update trunk_config set is_active = true, if it should dial.",
        "update trunk_config set is_active = true, se ele deve discar.",
      ],
    ),
  ],
  ["TRUNK_OUT", words(trunkOut, seeTrunk)],
  ["TRUNK_UNHEALTHY", words(trunkOut, seeTrunk)],
  ["TRUNK_DISABLED", words(trunkOut, seeTrunk)],
  [
    "MISSING_BUCKET",
    words(
      [
        "a trunk has no row in rate_limit_buckets",
        "um tronco não tem linha em rate_limit_buckets",
      ],
      ["Restore it as docs/sql.md says.", "Restaure-a como diz docs/sql.md."],
    ),
  ],
  [
    "NO_LINE",
    words(
      [
        "the engine could not read a trunk's calls per second yet",
        "o discador ainda não pôde ler as ligações por segundo de um tronco",
      ],
      [
        "Wait a second; if it stays, see the engine's log.",
        "Espere um segundo; se continuar, veja o log do discador.",
      ],
    ),
  ],
  [
    "PASS_FAILED",
    words(
      [
        "examining the campaign fails repeatedly",
        "examinar a campanha falha repetidamente",
      ],
      ["See last_error in dialer_jobs.", "Veja last_error em dialer_jobs."],
    ),
  ],
  [
    "UNKNOWN_TIMEZONE",
    words(
      [
        "the engine does not know a time zone",
        "um fuso horário não é conhecido pelo discador",
      ],
      [
        "Correct timezone of the leads, the campaign or the account: an IANA name.",
        "Corrija timezone dos leads, da campanha ou da conta: um nome IANA.",
      ],
    ),
  ],
  [
    "UNKNOWN_COUNTRY",
    words(
      [
        "the account's default_country is no country",
        "o default_country da conta não é um país",
      ],
      [
        "Correct it in account_settings: an ISO 3166 code.",
        "Corrija-o em account_settings: um código ISO 3166.",
      ],
    ),
  ],
  [
    "BAD_NUMBER_PATTERN",
    words(
      [
        "a trunk's number_pattern cannot be used",
        "o number_pattern de um tronco é inválido",
      ],
      ["Correct it in trunk_config.", "Corrija-o em trunk_config."],
    ),
  ],
  [
    "NO_TRUNK_FOR_NUMBER",
    words(
      ["no trunk takes such numbers", "nenhum tronco aceita esses números"],
      [
        "Set number_pattern; without it a trunk takes the numbers of the account's country.",
        "Defina number_pattern; sem ele um tronco aceita os números do país da conta.",
      ],
    ),
  ],
  [
    "EXPIRED",
    words(
      ["valid_until is over", "valid_until já passou"],
      ["Set a later one.", "Defina uma data posterior."],
    ),
  ],
  [
    "COPIED_DATABASE",
    words(
      [
        "paused by the engine: this database is a copy of another installation's, which may call the same people",
        "pausada pelo engine: este banco é cópia do de outra instalação, que pode ligar para as mesmas pessoas",
      ],
      [
        "If it was moved, or replaces the original: select release_copied_database(); as the owner of the tables. In a staging copy, leave it as it is.",
        "Se foi movido, ou substitui o original: select release_copied_database(); como dono das tabelas. Em uma cópia de testes, deixe assim.",
      ],
    ),
  ],
  [
    "BRAKE",
    words(
      [
        "paused by the engine: most answered calls ended within 3 s",
        "pausada pelo engine: a maioria das atendidas terminou em menos de 3 s",
      ],
      [
        "Correct where answered calls go (dialplan, agents), then set ACTIVE.",
        "Corrija o destino das atendidas (dialplan, agentes) e volte para ACTIVE.",
      ],
    ),
  ],
  [
    "MISSING_EXTENSION",
    words(
      [
        "paused by the engine: the PBX has no such context or extension",
        "pausada pelo engine: o PABX não tem esse contexto ou extensão",
      ],
      [
        "Correct the dialplan, then set ACTIVE.",
        "Corrija o dialplan e volte para ACTIVE.",
      ],
    ),
  ],
  [
    "LIST_INACTIVE",
    words(
      ["a list is switched off", "uma lista está desligada"],
      [
        "update lists set is_active = true, if it should be dialled.",
        "update lists set is_active = true, se ela deve ser discada.",
      ],
    ),
  ],
  [
    "NO_LEADS",
    words(
      ["no lead is left to dial", "não há mais leads a discar"],
      ["Add leads.", "Inclua leads."],
    ),
  ],
  [
    "INVALID_NUMBER",
    words(
      [
        "leads without a number that can be dialled were left out",
        "leads sem número discável ficaram de fora",
      ],
      [
        "Correct leads.phone; status_reason says what is wrong.",
        "Corrija leads.phone; status_reason diz o que há.",
      ],
    ),
  ],
  ["CPS", words(["calls per second are used up", "CPS esgotado"])],
  ...limitWords,
]);

/** A reason of a later version; docs/sql.md of that version lists it. */
export const otherBlocker = words(["see docs/sql.md", "veja docs/sql.md"]);
