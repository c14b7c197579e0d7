/** The engine's log messages at level warn and above, in Portuguese; a test compares them with the sources. */

export const engineWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "A call that the dialplan answered itself could not be ended":
      "Uma ligação que o próprio dialplan atendeu não pôde ser encerrada",
    "A database connection broke": "Uma conexão com o banco caiu",
    "A failed pass could not be recorded":
      "Uma passada que falhou não pôde ser registrada",
    "A job connection broke": "Uma conexão de jobs caiu",
    "A job failed": "Um job falhou",
    "A message from Asterisk could not be processed":
      "Uma mensagem do Asterisk não pôde ser processada",
    "A message from FreeSWITCH could not be processed":
      "Uma mensagem do FreeSWITCH não pôde ser processada",
    "A notice could not be read": "Um aviso do banco não pôde ser lido",
    "A variable of an answered call could not be set":
      "Uma variável de uma ligação atendida não pôde ser definida",
    "Access tokens of users cannot be verified: Supabase Auth does not answer as it should":
      "Tokens de usuários não podem ser verificados: o Supabase Auth não responde como deve",
    "An event could not be read and was left out":
      "Um evento não pôde ser lido e ficou de fora",
    "An event from FreeSWITCH is not JSON; it is ignored":
      "Um evento do FreeSWITCH não é JSON; é ignorado",
    "An event of the PBX contained text that cannot be stored; it was cleaned":
      "Um evento do PABX continha texto que não pode ser gravado; foi limpo",
    "Armed timers that were lost":
      "Temporizadores perdidos foram armados de novo",
    "Asterisk's events have lost their time; the time of arrival is used. Set timestampevents = yes in manager.conf":
      "Os eventos do Asterisk perderam a hora; vale a hora de chegada. Ponha timestampevents = yes em manager.conf",
    "Calls end without any event of the PBX: dialling stops until an event about a probing call arrives":
      "As ligações terminam sem nenhum evento do PABX: a discagem para até chegar um evento de uma ligação de teste",
    "Campaign could not be paused": "A campanha não pôde ser pausada",
    "Campaign paused by the engine": "Campanha pausada pelo engine",
    "Campaign snapshots cannot be read":
      "Os retratos das campanhas não podem ser lidos",
    "Campaign snapshots do not reach Supabase Realtime":
      "Os retratos das campanhas não chegam ao Supabase Realtime",
    "Requested passes could not be started":
      "As passadas pedidas não puderam ser iniciadas",
    "Campaigns could not be woken": "As campanhas não puderam ser acordadas",
    "Control connection lost, reconnecting":
      "Conexão de controle perdida, reconectando",
    "Could not begin to dial, giving the node up":
      "Não foi possível começar a discar, o nó é devolvido",
    "Events could not be saved before the end":
      "Eventos não puderam ser gravados antes do fim",
    "Events wait for the database": "Eventos esperam pelo banco",
    "Freed jobs that no living engine had locked":
      "Foram liberados jobs que nenhum engine ativo havia reservado",
    "Freed the jobs of a dead engine":
      "Os jobs de um engine morto foram liberados",
    "HTTP request failed": "Um pedido HTTP falhou",
    "HTTP server error": "Erro do servidor HTTP",
    "Hanging up a call of this installation that has no live attempt":
      "Desligando uma ligação desta instalação sem tentativa em curso",
    "Health check failed": "A verificação de saúde falhou",
    "Heartbeat failed": "O sinal de vida falhou",
    "Job runner is rebuilt": "O executor de jobs está sendo recriado",
    "Jobs could not be returned to the queue":
      "Jobs não puderam ser devolvidos",
    "Jobs did not finish in time and are returned to the queue":
      "Jobs não terminaram a tempo e são devolvidos",
    "Jobs of a dead engine were not freed":
      "Os jobs de um engine morto não foram liberados",
    "Live calls could not be compared with the PBX":
      "As ligações em curso não puderam ser comparadas com as do PABX",
    "No connection to the PBX, and a standby has one: handing the node over":
      "Sem conexão com o PABX, e um engine de reserva tem uma: o nó passa para ele",
    "Originate failed unexpectedly": "Um Originate falhou de modo inesperado",
    "Originate not accepted": "Um Originate não foi aceito",
    "Another transaction holds this campaign or its trunks: its passes wait":
      "Outra transação segura esta campanha ou os troncos dela: as passadas esperam",
    "The PBX does not answer: no call is sent until it answers something":
      "O PABX não responde: nenhuma ligação sai até que ele responda algo",
    "The PBX has calls with this installation's tag that this database never made: they are left alone. Does a copy of the database dial through the same PBX?":
      "O PABX tem ligações com a identificação desta instalação que este banco nunca fez: ficam como estão. Uma cópia do banco disca pelo mesmo PABX?",
    "The PBX takes no calls": "O PABX não aceita ligações",
    "The short-call circuit breaker could not check a campaign":
      "A proteção contra ligações curtas não pôde verificar uma campanha",
    "The counts of a campaign were wrong and were corrected: something wrote its leads or calls without the triggers":
      "As contagens de uma campanha estavam erradas e foram corrigidas: algo gravou leads ou ligações sem passar pelos triggers",
    "The database refuses the login, and the project does not hand its address out again":
      "O banco recusa o login, e o projeto não fornece o endereço de novo",
    "The database refuses the login, and the project still hands out the same address: was the password changed elsewhere?":
      "O banco recusa o login, e o projeto ainda fornece o mesmo endereço: a senha foi trocada em outro lugar?",
    "The node could not be given up": "O nó não pôde ser devolvido",
    "The node could not be taken": "O nó não pôde ser assumido",
    "The wallboard cannot be read": "O painel não pode ser lido",
    "This database is a copy of another installation's: it has an id of its own now, its campaigns are PAUSED (COPIED_DATABASE), and no call of the original is touched. If it was moved and is no copy: select release_copied_database();":
      "Este banco é cópia do de outra instalação: agora tem um id próprio, as campanhas estão PAUSED (COPIED_DATABASE), e nenhuma ligação do original é tocada. Se ele foi movido e não é cópia: select release_copied_database();",
    "This engine no longer dials": "Este engine não disca mais",
    "This node belongs to another adapter and has live calls: standing by":
      "Este nó pertence a outro adaptador e tem ligações em curso: em espera",
    "Too many events wait for the database":
      "Eventos demais esperam pelo banco",
    "Trunk health could not be written":
      "A saúde dos troncos não pôde ser gravada",
    "Trunk limits could not be read":
      "Os limites dos troncos não puderam ser lidos",
    "Trunk taken out of service": "Tronco retirado de serviço",
    "Trunks could not be probed": "Os troncos não puderam ser testados de novo",
    "Users cannot sign in at the wallboard: Supabase Auth does not answer as it should":
      "Usuários não podem entrar no painel: o Supabase Auth não responde como deve",
    "Whether the PBX sends events about its calls could not be recorded":
      "Não foi possível registrar se o PABX envia eventos sobre as ligações",
  }),
);
