import type { Message } from "../message-table.ts";

export const databaseMessages = {
  "database.name.ok": {
    status: "ok",
    en: ["{host} is at {addresses}"],
    "pt-BR": ["{host} está em {addresses}"],
  },
  "database.name.address": {
    status: "ok",
    en: ["{host} needs no name server"],
    "pt-BR": ["{host} não depende de DNS"],
  },
  "database.name.ipv6-only": {
    status: "problem",
    en: [
      "{host} has an IPv6 address only, and this machine or container has no IPv6",
      "In Supabase take the connection string of the Session pooler (Connect, port 5432), which has IPv4; or buy the IPv4 add-on; or give the container IPv6.",
    ],
    "pt-BR": [
      "{host} só tem endereço IPv6, e esta máquina ou contêiner não tem IPv6",
      "No Supabase use a connection string do Session pooler (Connect, porta 5432), que tem IPv4; ou contrate o add-on de IPv4; ou dê IPv6 ao contêiner.",
    ],
  },
  "database.name.unknown": {
    status: "problem",
    en: [
      "the host {host} cannot be found ({reason})",
      "Check the host in DATABASE_URL and the machine's DNS. The address of a paused Supabase project disappears: resume it in the dashboard. On Coolify, a database service must be in the same network (Connect to predefined network), and its host is supabase-db-<service uuid>.",
    ],
    "pt-BR": [
      "o servidor {host} não foi encontrado ({reason})",
      "Confira o servidor em DATABASE_URL e o DNS da máquina. O endereço de um projeto Supabase pausado desaparece: reative-o no painel. No Coolify, um serviço de banco precisa estar na mesma rede (Connect to predefined network), e o servidor é supabase-db-<uuid do serviço>.",
    ],
  },
  "database.login.ok": {
    status: "ok",
    en: ["logged in as {role} to database {database}"],
    "pt-BR": ["login como {role} no banco {database}"],
  },
  "database.login.password": {
    status: "problem",
    en: [
      "the database refused the password of user {user} ({reason})",
      "Check user and password in DATABASE_URL; percent-encode special characters. Supabase's pooler wants the user postgres.<project>. A password reset in the dashboard must be repeated here.",
    ],
    "pt-BR": [
      "o banco recusou a senha do usuário {user} ({reason})",
      "Confira usuário e senha em DATABASE_URL; codifique caracteres especiais com %. O pooler do Supabase espera o usuário postgres.<projeto>. Uma senha trocada no painel precisa ser trocada aqui também.",
    ],
  },
  "database.login.tenant": {
    status: "problem",
    en: [
      "the pooler knows no such project ({reason})",
      "The user must be postgres.<project>, and the host that of the project's region: copy the whole string from Connect, Session pooler.",
    ],
    "pt-BR": [
      "o pooler não conhece esse projeto ({reason})",
      "O usuário deve ser postgres.<projeto>, e o servidor o da região do projeto: copie a string inteira de Connect, Session pooler.",
    ],
  },
  "database.login.database": {
    status: "problem",
    en: [
      "there is no database {database} on {host}",
      "Correct the name at the end of DATABASE_URL; at Supabase it is postgres.",
    ],
    "pt-BR": [
      "não existe o banco {database} em {host}",
      "Corrija o nome no fim de DATABASE_URL; no Supabase é postgres.",
    ],
  },
  "database.login.refused": {
    status: "problem",
    en: [
      "nothing answers at {host} ({reason})",
      "Check host and port in DATABASE_URL, that the server runs, and that firewalls let this machine through. An IPv6 address without a route looks the same: use the Session pooler.",
    ],
    "pt-BR": [
      "nada responde em {host} ({reason})",
      "Confira servidor e porta em DATABASE_URL, se o banco está no ar e se os firewalls deixam esta máquina passar. Um endereço IPv6 sem rota dá o mesmo erro: use o Session pooler.",
    ],
  },
  "database.login.tls": {
    status: "problem",
    en: [
      "no encrypted connection could be made ({reason})",
      "sslmode=require encrypts without a certificate check; a server without TLS (in the same Docker network) wants sslmode=disable.",
    ],
    "pt-BR": [
      "não foi possível criptografar a conexão ({reason})",
      "sslmode=require criptografa sem verificar o certificado; um servidor sem TLS (na mesma rede Docker) pede sslmode=disable.",
    ],
  },
  "database.login.full": {
    status: "problem",
    en: [
      "the database has no connection left for user {user} ({reason})",
      "End what holds connections, or raise max_connections, the role's connection limit or the pool size of the pooler.",
    ],
    "pt-BR": [
      "o banco não tem mais conexões para o usuário {user} ({reason})",
      "Encerre o que está segurando conexões, ou aumente max_connections, o limite do usuário ou o pool size do pooler.",
    ],
  },
  "database.login.other": {
    status: "problem",
    en: [
      "the database rejected user {user} ({reason})",
      "Check DATABASE_URL, what the server allows (pg_hba.conf, allowed addresses) and whether it is starting or paused.",
    ],
    "pt-BR": [
      "o banco não aceitou o usuário {user} ({reason})",
      "Confira DATABASE_URL, o que o servidor permite (pg_hba.conf, endereços liberados) e se ele está iniciando ou pausado.",
    ],
  },
  "database.version.ok": {
    status: "ok",
    en: ["Postgres {version}"],
    "pt-BR": ["Postgres {version}"],
  },
  "database.version.old": {
    status: "problem",
    en: ["Postgres {version}", "The dialer needs 15 or newer: upgrade it."],
    "pt-BR": [
      "Postgres {version}",
      "O discador precisa da versão 15 ou mais nova: atualize.",
    ],
  },
  "database.listen.ok": {
    status: "ok",
    en: [
      "direct or session mode: a NOTIFY of ours came back after {milliseconds} ms",
    ],
    "pt-BR": [
      "conexão direta ou em modo session: um NOTIFY nosso voltou em {milliseconds} ms",
    ],
  },
  "database.listen.lost": {
    status: "problem",
    en: [
      "a NOTIFY of ours did not come back within {seconds} s: a pooler in transaction mode is in between",
      "Point DATABASE_URL at the database itself or at a pooler in session mode (Supabase: port 5432). Without LISTEN the engine reacts late and does not learn of pauses.",
    ],
    "pt-BR": [
      "um NOTIFY nosso não voltou em {seconds} s: há um pooler em modo transaction no caminho",
      "Aponte DATABASE_URL para o próprio banco ou para um pooler em modo session (Supabase: porta 5432). Sem LISTEN o engine atrasa e não fica sabendo das pausas.",
    ],
  },
  "database.privileges.ok": {
    status: "ok",
    en: ["{role} may set up and run the dialer in schema {schema}"],
    "pt-BR": ["{role} pode instalar e rodar o discador no schema {schema}"],
  },
  "database.privileges.no-create": {
    status: "problem",
    en: [
      "{role} may not create the schema {schema}",
      "As an administrator: grant create on database {database} to {role}; or connect as postgres.",
    ],
    "pt-BR": [
      "{role} não pode criar o schema {schema}",
      "Como administrador: grant create on database {database} to {role}; ou conecte como postgres.",
    ],
  },
  "database.privileges.no-schema": {
    status: "problem",
    en: [
      "{role} may not create tables in schema {schema}",
      "As an administrator: grant usage, create on schema {schema} to {role}; or connect as postgres.",
    ],
    "pt-BR": [
      "{role} não pode criar tabelas no schema {schema}",
      "Como administrador: grant usage, create on schema {schema} to {role}; ou conecte como postgres.",
    ],
  },
  "database.privileges.not-owner": {
    status: "problem",
    en: [
      "in schema {schema} {role} does not own {tables}",
      "Connect as the role that ran the first migration, or make {role} a member of it.",
    ],
    "pt-BR": [
      "no schema {schema} {role} não é dono de {tables}",
      "Conecte com o usuário que rodou a primeira migração, ou torne {role} membro dele.",
    ],
  },
  "database.clock.ok": {
    status: "ok",
    en: ["this machine and the database differ by {milliseconds} ms"],
    "pt-BR": ["esta máquina e o banco diferem em {milliseconds} ms"],
  },
  "database.clock.skewed": {
    status: "warning",
    en: [
      "the clock of this machine and that of the database differ by {seconds} s",
      "Let both follow a time server (timedatectl set-ntp true). Calling hours go by the database's clock; log lines go by this machine's.",
    ],
    "pt-BR": [
      "o relógio desta máquina e o do banco diferem em {seconds} s",
      "Faça os dois seguirem um servidor de horário (timedatectl set-ntp true). Os horários de discagem seguem o relógio do banco; os logs, o desta máquina.",
    ],
  },
  "database.connections.ok": {
    status: "ok",
    en: [
      "{free} connections are free; an engine takes {wanted}, a standby 3 more",
    ],
    "pt-BR": [
      "{free} conexões livres; um engine usa {wanted}, um standby mais 3",
    ],
  },
  "database.connections.limit": {
    status: "problem",
    en: [
      "{limit} allows {allowed} connections, and an engine takes {wanted}",
      "Raise the limit, or lower DATABASE_MAX_CONNECTIONS (at least 7).",
    ],
    "pt-BR": [
      "{limit} permite {allowed} conexões, e um engine usa {wanted}",
      "Aumente o limite, ou diminua DATABASE_MAX_CONNECTIONS (no mínimo 7).",
    ],
  },
  "database.connections.few": {
    status: "warning",
    en: [
      "only {free} connections are free under {limit}; an engine takes {wanted}, and during an update a standby 3 more",
      "Raise the limit, end what holds connections, or lower DATABASE_MAX_CONNECTIONS (at least 7). An engine that runs already is among those in use.",
    ],
    "pt-BR": [
      "apenas {free} conexões livres em {limit}; um engine usa {wanted}, e durante uma atualização um standby mais 3",
      "Aumente o limite, encerre o que está segurando conexões, ou diminua DATABASE_MAX_CONNECTIONS (no mínimo 7). Um engine que já está rodando conta entre as usadas.",
    ],
  },
} as const satisfies Record<string, Message>;
