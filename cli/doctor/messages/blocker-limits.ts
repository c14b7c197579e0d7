/** Reasons of `dialing_blockers` that are limits doing their work, in words. */
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
      "the engine may have no more unanswered calls",
      "o engine não pode ter mais chamadas não atendidas",
    ]),
  ],
  [
    "SWITCH_CPS",
    words([
      "the PBX's own calls per second are used up",
      "as chamadas por segundo do próprio PABX se esgotaram",
    ]),
  ],
  [
    "SWITCH_SESSIONS",
    words([
      "the PBX has no room for more calls",
      "o PABX não comporta mais chamadas",
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
      "a call that was to go on through another trunk finds none",
      "uma chamada que seguiria por outro tronco não encontra nenhum",
    ]),
  ],
  [
    "PHONE_BUSY",
    words([
      "the number is in another call of the account",
      "o número está em outra chamada da conta",
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
