import type { Message } from "../message-table.ts";

export const dialingMessages = {
  "dialing.engine.ok": {
    status: "ok",
    en: ["an engine dials on voice node {node} (alive: {count})"],
    "pt-BR": ["um engine disca no voice node {node} (vivos: {count})"],
  },
  "dialing.engine.none": {
    status: "warning",
    en: [
      "no engine is alive for voice node {node}",
      "Start one (npm start), or find out why its container stops. VOICE_NODE must be the voice_node of the trunks.",
    ],
    "pt-BR": [
      "nenhum engine vivo para o voice node {node}",
      "Inicie um (npm start), ou veja por que o contêiner para. VOICE_NODE deve ser o voice_node dos troncos.",
    ],
  },
  "dialing.engine.adapter": {
    status: "problem",
    en: [
      "voice node {node} is {adapter}, and an engine with {other} was refused",
      "Give that engine the right VOICE_ADAPTER, or a VOICE_NODE of its own.",
    ],
    "pt-BR": [
      "o voice node {node} é {adapter}, e um engine com {other} foi recusado",
      "Dê a esse engine o VOICE_ADAPTER certo, ou um VOICE_NODE próprio.",
    ],
  },
  "dialing.engine.pbx": {
    status: "problem",
    en: [
      "the engine of voice node {node} has no connection to its PBX",
      "The lines about the PBX say why; the engine connects by itself when it can.",
    ],
    "pt-BR": [
      "o engine do voice node {node} não tem conexão com o PABX",
      "As linhas sobre o PABX dizem por quê; o engine conecta sozinho quando puder.",
    ],
  },
  "dialing.engine.lease": {
    status: "warning",
    en: [
      "no engine holds voice node {node} (alive: {count})",
      "A take-over lasts some seconds: run the doctor again; then see the engine's log.",
    ],
    "pt-BR": [
      "nenhum engine assumiu o voice node {node} (vivos: {count})",
      "Uma troca leva alguns segundos: rode o doctor de novo; depois veja o log do engine.",
    ],
  },
  "dialing.trunks.ok": {
    status: "ok",
    en: ["active trunks: {count}, nothing wrong with their rows"],
    "pt-BR": ["troncos ativos: {count}, nada errado nas linhas deles"],
  },
  "dialing.trunks.none": {
    status: "problem",
    en: [
      "there is no active trunk: nobody can be called",
      "An administrator inserts one into trunk_config (name, dial_string, cps_limit, max_channels) or sets is_active = true.",
    ],
    "pt-BR": [
      "não há tronco ativo: ninguém pode ser chamado",
      "Um administrador insere um em trunk_config (name, dial_string, cps_limit, max_channels) ou põe is_active = true.",
    ],
  },
  "dialing.trunks.other-adapter": {
    status: "problem",
    en: [
      "{trunk}: its dial string is for {pbx}, and VOICE_ADAPTER is {adapter}",
      "Correct trunk_config.dial_string, or move the trunk to the voice node of that PBX.",
    ],
    "pt-BR": [
      "{trunk}: o dial string é para {pbx}, e VOICE_ADAPTER é {adapter}",
      "Corrija trunk_config.dial_string, ou passe o tronco para o voice node daquele PABX.",
    ],
  },
  "dialing.trunks.other-node": {
    status: "warning",
    en: [
      "{trunk} belongs to voice node {other}, not to {node} which this engine serves",
      "If there is no engine for {other}: update trunk_config set voice_node = '{node}'. The names must be the same to the letter.",
    ],
    "pt-BR": [
      "{trunk} é do voice node {other}, e não de {node}, que este engine atende",
      "Se não há engine para {other}: update trunk_config set voice_node = '{node}'. Os nomes devem ser iguais letra por letra.",
    ],
  },
  "dialing.trunks.out": {
    status: "problem",
    en: [
      "{trunk} is out after faults: {reason}",
      "Correct what the fault names; the engine tries the trunk again by itself.",
    ],
    "pt-BR": [
      "{trunk} está fora após falhas: {reason}",
      "Corrija o que a falha indica; o engine volta a tentar o tronco sozinho.",
    ],
  },
  "dialing.rate.ok": {
    status: "ok",
    en: ["no campaign is limited by calls per second"],
    "pt-BR": ["nenhuma campanha está limitada por ligações por segundo"],
  },
  "dialing.rate.no-bucket": {
    status: "problem",
    en: [
      "{trunk} has no row in rate_limit_buckets and is not used",
      "Restore it as docs/sql.md says (Give a trunk back its row of calls per second).",
    ],
    "pt-BR": [
      "{trunk} não tem linha em rate_limit_buckets e não é usado",
      "Restaure-a como diz docs/sql.md (Give a trunk back its row of calls per second).",
    ],
  },
  "dialing.rate.tight": {
    status: "warning",
    en: [
      "{reason} limits campaigns ({count}, one is {example}); the trunks allow: {limits}",
      "If the carrier permits more: update trunk_config set cps_limit = …, max_channels = … where name = '…'; it acts at once. MAX_CONCURRENT_ORIGINATES is a variable of the engine, SWITCH_… are limits of the PBX.",
    ],
    "pt-BR": [
      "{reason} limita campanhas ({count}, uma é {example}); os troncos permitem: {limits}",
      "Se a operadora permite mais: update trunk_config set cps_limit = …, max_channels = … where name = '…'; vale na hora. MAX_CONCURRENT_ORIGINATES é uma variável do engine, SWITCH_… são limites do PABX.",
    ],
  },
  "dialing.calls.ok": {
    status: "ok",
    en: ["live calls: {live}, none of them stuck"],
    "pt-BR": ["ligações ativas: {live}, nenhuma parada"],
  },
  "dialing.calls.stuck": {
    status: "problem",
    en: [
      "{stuck} of {live} live calls stay in ORIGINATING or RINGING beyond their time",
      "Events do not arrive or timers do not fire: see those lines, and whether an engine is alive. With LOG_LEVEL=debug the engine logs handleData for everything that the PBX sends.",
    ],
    "pt-BR": [
      "{stuck} de {live} ligações ativas continuam em ORIGINATING ou RINGING além do tempo",
      "Os eventos não chegam ou os timers não disparam: veja essas linhas, e se há engine vivo. Com LOG_LEVEL=debug o engine registra handleData para tudo o que o PABX envia.",
    ],
  },
  "dialing.timers.ok": {
    status: "ok",
    en: ["no timer is overdue"],
    "pt-BR": ["nenhum timer atrasado"],
  },
  "dialing.timers.overdue": {
    status: "problem",
    en: [
      "overdue timers: {overdue}, the oldest by {seconds} s",
      "Timers are jobs of the engine: is one alive, and does its log show errors? See call_attempt_timers, and dialer_jobs for last_error.",
    ],
    "pt-BR": [
      "timers atrasados: {overdue}, o mais antigo há {seconds} s",
      "Timers são jobs do engine: há um vivo, e o log mostra erros? Veja call_attempt_timers, e last_error em dialer_jobs.",
    ],
  },
  "dialing.events.ok": {
    status: "ok",
    en: ["the PBX sent events of {received} of the last {ended} calls"],
    "pt-BR": [
      "o PABX enviou eventos de {received} das últimas {ended} ligações",
    ],
  },
  "dialing.events.none": {
    status: "skipped",
    en: ["no call has ended within the last hour"],
    "pt-BR": ["nenhuma ligação terminou na última hora"],
  },
  "dialing.events.silent": {
    status: "problem",
    en: [
      "the PBX sent no event of {silent} of the last {ended} calls",
      "Asterisk: read = system,call,user,agent, and no eventfilter beyond that of docs/asterisk/manager.conf. FreeSWITCH: esl-allowed-events. Then a test call shows each event: npm run call.",
    ],
    "pt-BR": [
      "o PABX não enviou nenhum evento de {silent} das últimas {ended} ligações",
      "Asterisk: read = system,call,user,agent, e nenhum eventfilter além do de docs/asterisk/manager.conf. FreeSWITCH: esl-allowed-events. Depois uma ligação de teste mostra cada evento: npm run call.",
    ],
  },
  "dialing.events.orphaned": {
    status: "warning",
    en: [
      "the end of {orphaned} of the last {ended} calls was never received",
      "The engine or the PBX was away at that time: see their logs for restarts and cut connections (writetimeout = 5000 in manager.conf).",
    ],
    "pt-BR": [
      "o fim de {orphaned} das últimas {ended} ligações não foi recebido",
      "O engine ou o PABX estava fora naquele momento: veja nos logs reinícios e conexões cortadas (writetimeout = 5000 em manager.conf).",
    ],
  },
  "dialing.correlation.ok": {
    status: "ok",
    en: [
      "the dialplan's events arrive: {results} verdicts of {answered} answered calls",
    ],
    "pt-BR": [
      "os eventos do dialplan chegam: {results} vereditos de {answered} ligações atendidas",
    ],
  },
  "dialing.correlation.none": {
    status: "skipped",
    en: [
      "too few answered calls with machine detection within the last hour to tell",
    ],
    "pt-BR": [
      "poucas ligações atendidas com detecção de caixa postal na última hora para saber",
    ],
  },
  "dialing.correlation.lost": {
    status: "problem",
    en: [
      "of {answered} answered calls with machine detection none has a verdict: CORRELATION_ID does not come back from the dialplan",
      "Each UserEvent of the dialplan must carry the channel variable CORRELATION_ID, as in docs/asterisk/extensions.conf (AMDVerdict). Channels made by the dialplan inherit it as __CORRELATION_ID.",
    ],
    "pt-BR": [
      "de {answered} ligações atendidas com detecção de caixa postal nenhuma tem veredito: o CORRELATION_ID não volta do dialplan",
      "Cada UserEvent do dialplan deve levar a variável de canal CORRELATION_ID, como em docs/asterisk/extensions.conf (AMDVerdict). Canais criados pelo dialplan o herdam como __CORRELATION_ID.",
    ],
  },
} as const satisfies Record<string, Message>;
