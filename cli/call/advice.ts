/** What a person can do about each reason in `dialing_blockers`. */

import type { Translated } from "../language.ts";

interface Advice {
  readonly text: Translated;
  /** True: the reason passes by itself, so the call keeps waiting. */
  readonly passes: boolean;
}

const passing = (en: string, portuguese: string): Advice => ({
  text: { en, "pt-BR": portuguese },
  passes: true,
});
const lasting = (en: string, portuguese: string): Advice => ({
  text: { en, "pt-BR": portuguese },
  passes: false,
});

const advices: Readonly<Record<string, Advice>> = {
  ACCOUNT_UNKNOWN: lasting(
    "the account has no row in accounts, and only the administrator can make it: insert into accounts (id, name), or give another --account",
    "a conta não tem linha em accounts, e só o administrador pode criá-la: insert into accounts (id, name), ou dê outra em --account",
  ),
  ACCOUNT_INACTIVE: lasting(
    "the account is switched off: update accounts set is_active = true",
    "a conta está desligada: update accounts set is_active = true",
  ),
  NOT_ACTIVE: lasting(
    "somebody paused or ended the campaign of this call: changed_by in dialing_blockers says who",
    "alguém pausou ou encerrou a campanha desta ligação: changed_by em dialing_blockers diz quem",
  ),
  NO_ACTIVE_ENGINE: lasting(
    "no engine is alive for this trunk's voice node: start one (npm start) with VOICE_NODE set to it",
    "nenhum engine está vivo para o nó de voz deste tronco: suba um (npm start) com VOICE_NODE igual a ele",
  ),
  NO_LEASE: passing(
    "an engine is alive but does not hold the node yet: it takes over within seconds",
    "há um engine vivo, mas ele ainda não tem o nó: assume em segundos",
  ),
  ADAPTER_MISMATCH: lasting(
    "the trunk's dial string and the engine's VOICE_ADAPTER are of different PBXs: a mock engine dials mock/… only, and no other does",
    "o dial string do tronco e o VOICE_ADAPTER do engine são de PABX diferentes: um engine mock só disca mock/…, e nenhum outro disca",
  ),
  PBX_DISCONNECTED: lasting(
    "the engine is not connected to its PBX: its log says why, and check address, user and password of the PBX",
    "o engine não está conectado ao PABX: o log dele diz por quê; confira endereço, usuário e senha do PABX",
  ),
  NO_CALLER_ID: passing(
    "neither campaign nor trunk has a caller id: FreeSWITCH shows 0000000000, and a carrier may refuse that; see trunk_config.caller_id",
    "nem a campanha nem o tronco têm número de origem: o FreeSWITCH mostra 0000000000, e a operadora pode recusar; veja trunk_config.caller_id",
  ),
  SWITCH_PAUSED: lasting(
    "the PBX was paused by its operator and takes no new calls: fsctl resume (FreeSWITCH)",
    "o PABX foi pausado pelo operador dele e não aceita ligações novas dele: fsctl resume (FreeSWITCH)",
  ),
  PBX_SHUTTING_DOWN: lasting(
    "Asterisk waits for its last call to end, then it restarts or stops: wait until it is back, or core abort shutdown",
    "o Asterisk espera a última ligação terminar para reiniciar ou parar: espere ele voltar, ou core abort shutdown",
  ),
  CALLS_UNHEARD: lasting(
    "calls ended without any event from the PBX: see which events the engine's user may read at the PBX, and its filters; from time to time one call tests it",
    "ligações terminaram sem nenhum evento do PABX: veja que eventos o usuário do engine pode ler no PABX, e os filtros dele; de tempos em tempos uma ligação faz o teste",
  ),
  MISSING_EXTENSION: lasting(
    "the PBX has no such extension in that context of its dialplan, so an answered call would have nowhere to go: see --extension, and ASTERISK_CONTEXT or FREESWITCH_CONTEXT",
    "o PABX não tem esse ramal nesse contexto do plano de discagem, então uma ligação atendida não teria para onde ir: veja --extension, e ASTERISK_CONTEXT ou FREESWITCH_CONTEXT",
  ),
  DESTINATION_INACTIVE: lasting(
    "the destination of this call was switched off: update destinations set is_active = true",
    "o destino desta ligação foi desligado: update destinations set is_active = true",
  ),
  DESTINATION_NOT_PERMITTED: lasting(
    "the account may no longer use the destination of this call: see account_ids in destinations",
    "a conta não pode mais usar o destino desta ligação: veja account_ids em destinations",
  ),
  DESTINATION_NODE: lasting(
    "the destination of this call is on another PBX than the trunk: see voice_node in destinations",
    "o destino desta ligação fica em outro PABX que o tronco: veja voice_node em destinations",
  ),
  NOT_SENT: passing(
    "the call was held back before it left for the PBX",
    "a ligação foi retida antes de sair para o PABX",
  ),
  COPIED_DATABASE: lasting(
    "this database is a copy of another installation's: select release_copied_database(); when it may dial",
    "este banco de dados é cópia do de outra instalação: select release_copied_database(); quando ele puder discar",
  ),
  NO_LINE: passing(
    "the engine does not know the trunk's limits yet",
    "o engine ainda não conhece os limites do tronco",
  ),
  NO_TRUNK: lasting(
    "the account may not use this trunk: see trunk_config.account_id, or give --account",
    "a conta não pode usar este tronco: veja trunk_config.account_id, ou dê --account",
  ),
  TRUNK_INACTIVE: lasting(
    "the trunk is switched off: update trunk_config set is_active = true",
    "o tronco está desligado: update trunk_config set is_active = true",
  ),
  TRUNK_DISABLED: lasting(
    "the engine has taken the trunk out for a while after faults: see disabled_until and last_fault in trunk_config",
    "o engine tirou o tronco por um tempo depois de falhas: veja disabled_until e last_fault em trunk_config",
  ),
  TRUNK_OUT: lasting(
    "the trunk is out after faults: see last_fault in trunk_config; it is tried again within a minute",
    "o tronco está fora depois de falhas: veja last_fault em trunk_config; ele é tentado de novo em um minuto",
  ),
  TRUNK_UNHEALTHY: lasting(
    "the trunk is out after faults: see last_fault in trunk_config",
    "o tronco está fora depois de falhas: veja last_fault em trunk_config",
  ),
  MISSING_BUCKET: lasting(
    "the trunk has no row in rate_limit_buckets: insert it, or create the trunk again",
    "o tronco não tem linha em rate_limit_buckets: insira-a, ou crie o tronco de novo",
  ),
  BAD_NUMBER_PATTERN: lasting(
    "the trunk's number_pattern cannot be used: see trunk_config",
    "o number_pattern do tronco não serve: veja trunk_config",
  ),
  NO_TRUNK_FOR_NUMBER: lasting(
    "the trunk does not take this number: without number_pattern it takes numbers of the account's country only",
    "o tronco não aceita este número: sem number_pattern ele só aceita números do país da conta",
  ),
  UNKNOWN_COUNTRY: lasting(
    "default_country of the account is no country with phone numbers: correct it in account_settings",
    "o default_country da conta não é um país com telefones: corrija em account_settings",
  ),
  UNKNOWN_TIMEZONE: lasting(
    "the engine does not know the time zone in timezone of the account: correct it in account_settings",
    "o timezone da conta não é um fuso que o engine conheça: corrija em account_settings",
  ),
  PASS_FAILED: lasting(
    "examining the campaign fails: the engine's log and last_error in dialer_jobs say why",
    "examinar a campanha falha: o log do engine e last_error em dialer_jobs dizem por quê",
  ),
  DNC: lasting(
    "the number is on the do-not-call list (dnc_entries); a test call obeys it too",
    "o número está na lista de não perturbe (dnc_entries); uma ligação de teste também a respeita",
  ),
  INVALID_NUMBER: lasting("no such number exists", "esse número não existe"),
  PHONE_BUSY: passing(
    "another call to this number is under way",
    "há outra ligação para este número em andamento",
  ),
  CPS: passing(
    "the trunk's calls per second are used up",
    "as ligações por segundo do tronco estão todas em uso",
  ),
  TRUNK_CHANNELS: passing(
    "all channels of the trunk are busy (max_channels)",
    "todos os canais do tronco estão ocupados (max_channels)",
  ),
  MAX_CONCURRENT_ORIGINATES: passing(
    "the engine has as many unanswered calls as MAX_CONCURRENT_ORIGINATES allows",
    "o engine tem tantas ligações não atendidas quantas MAX_CONCURRENT_ORIGINATES permite",
  ),
  SWITCH_CPS: passing(
    "the PBX's own calls per second are used up",
    "as ligações por segundo do próprio PABX estão todas em uso",
  ),
  SWITCH_SESSIONS: passing(
    "the PBX has no room for more calls",
    "o PABX não tem lugar para mais ligações",
  ),
  ACCOUNT_TRUNKS: lasting(
    "the account may not use this trunk: see allowed_trunk_ids in accounts",
    "a conta não pode usar este tronco: veja allowed_trunk_ids em accounts",
  ),
  ACCOUNT_SHARE: passing(
    "other accounts wait for the trunk too, and have their share of it",
    "outras contas também esperam pelo tronco, e têm a parte delas",
  ),
  ACCOUNT_CONCURRENCY: passing(
    "the account has as many calls as its max_concurrent_calls allows",
    "a conta tem tantas ligações quantas max_concurrent_calls permite",
  ),
  ACCOUNT_CPS: passing(
    "the account's max_calls_per_second is used up",
    "o max_calls_per_second da conta está todo em uso",
  ),
  ACCOUNT_DIALS_PER_DAY: lasting(
    "the account has dialled as often today as its max_dials_per_day allows",
    "a conta já discou hoje quantas vezes max_dials_per_day permite",
  ),
  ACCOUNT_COUNTRY: lasting(
    "the account may not call this country: see allowed_countries in accounts",
    "a conta não pode ligar para este país: veja allowed_countries em accounts",
  ),
  ACCOUNT_CALLER_ID: lasting(
    "the caller id may not be shown: see allowed_caller_ids in accounts; short, emergency and premium numbers never are",
    "este número de origem não pode ser mostrado: veja allowed_caller_ids em accounts; números curtos, de emergência e tarifados nunca podem",
  ),
  HIGHER_PRIORITY_CAMPAIGN: passing(
    "a campaign of the account with an earlier priority waits for the trunk",
    "uma campanha da conta com prioridade anterior espera pelo tronco",
  ),
  NO_PASS_YET: passing(
    "no engine has examined the call yet: is one running, and does its log show errors?",
    "nenhum engine examinou a ligação ainda: há um rodando, e o log dele mostra erros?",
  ),
};

const see: Translated = { en: "see docs/sql.md", "pt-BR": "veja docs/sql.md" };

export function adviceOn(reason: string): Advice {
  return advices[reason] ?? { text: see, passes: true };
}
