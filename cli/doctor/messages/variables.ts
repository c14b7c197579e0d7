/** What can be wrong with the environment, and what each variable should hold. */
import type { ConfigProblemCode } from "../../../config/reading.ts";
import type {
  adapterVariables,
  databaseVariables,
  engineVariables,
} from "../../../config/variables.ts";
import type { Message } from "../message-table.ts";

export const variableMessages = {
  "variables.ok": {
    status: "ok",
    en: ["nothing is wrong with those that are set: {names}"],
    "pt-BR": ["nenhum erro nas que estão definidas: {names}"],
  },
  "variables.unset": {
    status: "problem",
    en: ["{variable} is not set", "Set {variable}: {expected}."],
    "pt-BR": ["{variable} não está definida", "Defina {variable}: {expected}."],
  },
  "variables.wrong": {
    status: "problem",
    en: ["{variable} has a wrong value {value}", "It must be {expected}."],
    "pt-BR": [
      "{variable} tem um valor inválido {value}",
      "O valor deve ser {expected}.",
    ],
  },
  "variables.misspelt": {
    status: "problem",
    en: [
      "{variable} is not a variable of the dialer",
      "Did you mean {value}? Rename it, or delete it.",
    ],
    "pt-BR": [
      "{variable} não é uma variável do discador",
      "Você quis dizer {value}? Renomeie ou apague.",
    ],
  },
  "variables.url-scheme": {
    status: "problem",
    en: [
      "{variable} does not start with postgresql:// or postgres://",
      "Copy the connection string of the database: postgresql://user:password@host:5432/database. The https:// address of the project and the API keys are something else.",
    ],
    "pt-BR": [
      "{variable} não começa com postgresql:// nem postgres://",
      "Copie a connection string do banco: postgresql://usuario:senha@host:5432/banco. O endereço https:// do projeto e as chaves de API são outra coisa.",
    ],
  },
  "variables.url-placeholder": {
    status: "problem",
    en: [
      "{variable} still has the placeholder of the password",
      "Put the database's password in its place; write @ as %40, # as %23, / as %2F, : as %3A, % as %25.",
    ],
    "pt-BR": [
      "{variable} ainda contém o marcador no lugar da senha",
      "Coloque a senha do banco ali; escreva @ como %40, # como %23, / como %2F, : como %3A, % como %25.",
    ],
  },
  "variables.url-syntax": {
    status: "problem",
    en: [
      "{variable} is not a URL",
      "Use postgresql://user:password@host:5432/database. In the password write @ as %40, # as %23, / as %2F, : as %3A, % as %25.",
    ],
    "pt-BR": [
      "{variable} não é uma URL",
      "Use postgresql://usuario:senha@host:5432/banco. Na senha escreva @ como %40, # como %23, / como %2F, : como %3A, % como %25.",
    ],
  },
  "variables.url-pooler": {
    status: "problem",
    en: [
      "{variable} points to the transaction pooler (port 6543), where LISTEN, which the engine needs, is silently lost",
      "Use port 5432: the direct connection, or the session pooler (Supabase: Connect, Session pooler).",
    ],
    "pt-BR": [
      "{variable} aponta para o transaction pooler (porta 6543), onde o LISTEN de que o engine precisa se perde sem aviso",
      "Use a porta 5432: conexão direta ou session pooler (Supabase: Connect, Session pooler).",
    ],
  },
  "variables.url-host": {
    status: "problem",
    en: [
      "{variable} names no host",
      "Use postgresql://user:password@host:5432/database.",
    ],
    "pt-BR": [
      "{variable} não tem o nome do servidor",
      "Use postgresql://usuario:senha@host:5432/banco.",
    ],
  },
  "variables.url-percent": {
    status: "problem",
    en: [
      "{variable} has a % that encodes nothing",
      "Write a % of the password as %25.",
    ],
    "pt-BR": [
      "{variable} tem um % que não codifica nada",
      "Escreva o % da senha como %25.",
    ],
  },
  "variables.url-unset": {
    status: "problem",
    en: [
      "SUPABASE_URL is set, but there is no database URL: {variable} is not set",
      "Copy it from your Supabase project (Connect, direct connection or Session pooler), or set SUPABASE_DB_PASSWORD. Where the host hands out neither (Lovable Cloud, for one): deploy the Edge Function supabase/functions/dialer-database-url and set SUPABASE_SERVICE_ROLE_KEY.",
    ],
    "pt-BR": [
      "SUPABASE_URL está definida, mas falta a URL do banco: {variable} não está definida",
      "Copie-a do seu projeto Supabase (Connect, conexão direta ou Session pooler), ou defina SUPABASE_DB_PASSWORD. Onde o host não fornece nenhuma das duas (como o Lovable Cloud): publique a Edge Function supabase/functions/dialer-database-url e defina SUPABASE_SERVICE_ROLE_KEY.",
    ],
  },
  "variables.url-not-hosted": {
    status: "problem",
    en: [
      "{variable} is not set, and SUPABASE_URL is no https://<project>.supabase.co to build it from",
      "Set {variable} to the connection string of the database, direct or session mode, port 5432.",
    ],
    "pt-BR": [
      "{variable} não está definida, e SUPABASE_URL não é um https://<projeto>.supabase.co do qual se possa montá-la",
      "Defina {variable} com a connection string do banco, direta ou session, porta 5432.",
    ],
  },
  "variables.url-other-project": {
    status: "problem",
    en: [
      "{variable} is of project {value}, and SUPABASE_URL of another",
      "Deploy the function to the project that SUPABASE_URL names, or correct SUPABASE_URL.",
    ],
    "pt-BR": [
      "{variable} é do projeto {value}, e SUPABASE_URL de outro",
      "Publique a função no projeto que SUPABASE_URL indica, ou corrija SUPABASE_URL.",
    ],
  },
  "variables.public-key": {
    status: "problem",
    en: [
      "{variable} is a {value} key, which browsers get",
      "Copy the service_role key or a secret key (sb_secret_…): Supabase, Project Settings, API Keys. Or set DATABASE_URL.",
    ],
    "pt-BR": [
      "{variable} é uma chave {value}, a que vai para o navegador",
      "Copie a service_role ou uma chave secreta (sb_secret_…): Supabase, Project Settings, API Keys (NÃO a anon key). Ou defina DATABASE_URL.",
    ],
  },
  "variables.other-projects-key": {
    status: "problem",
    en: [
      "{variable} is of project {value}, and SUPABASE_URL of another",
      "Copy both from the same project.",
    ],
    "pt-BR": [
      "{variable} é do projeto {value}, e SUPABASE_URL de outro",
      "Copie as duas do mesmo projeto.",
    ],
  },
  "variables.quoted": {
    status: "problem",
    en: [
      "{variable} has quotation marks round it",
      "Take them away: env files and deploy pages keep them as part of the value.",
    ],
    "pt-BR": [
      "{variable} está entre aspas",
      "Tire as aspas: arquivos env e páginas de deploy as guardam como parte do valor.",
    ],
  },
  "variables.quoted-secret": {
    status: "warning",
    en: [
      "{variable} has quotation marks round it, and they count as part of it",
      "Take them away, unless the secret really has them: env files and deploy pages keep them.",
    ],
    "pt-BR": [
      "{variable} está entre aspas, e elas contam como parte do valor",
      "Tire as aspas, a não ser que façam mesmo parte do segredo: arquivos env e páginas de deploy as guardam.",
    ],
  },
  "variables.same-schema": {
    status: "problem",
    en: [
      "{variable} is the same as DIALER_SCHEMA",
      "Give the worker a schema of its own.",
    ],
    "pt-BR": [
      "{variable} é igual a DIALER_SCHEMA",
      "Dê ao worker um schema próprio.",
    ],
  },
  "variables.lease": {
    status: "problem",
    en: [
      "{variable} leaves no time for a second try within LEASE_DURATION_MS",
      "Set it to at most half of LEASE_DURATION_MS.",
    ],
    "pt-BR": [
      "{variable} não deixa tempo para uma segunda tentativa dentro de LEASE_DURATION_MS",
      "Use no máximo a metade de LEASE_DURATION_MS.",
    ],
  },
  "variables.default-password": {
    status: "warning",
    en: [
      "{variable} is the password that every FreeSWITCH is delivered with",
      "Change it in event_socket.conf.xml and here: whoever reaches the port owns the PBX.",
    ],
    "pt-BR": [
      "{variable} é a senha com que todo FreeSWITCH vem de fábrica",
      "Troque-a em event_socket.conf.xml e aqui: quem alcança a porta controla o PABX.",
    ],
  },
} as const satisfies Record<
  | `variables.${ConfigProblemCode}`
  | "variables.ok"
  | "variables.quoted-secret"
  | "variables.default-password",
  Message
>;

type VariableName =
  | keyof typeof databaseVariables
  | keyof typeof engineVariables
  | {
      [
        Adapter in keyof typeof adapterVariables
      ]: keyof (typeof adapterVariables)[Adapter];
    }[keyof typeof adapterVariables];

const milliseconds = "um número inteiro de 1 a 600000 (milissegundos)";
const port = "um número inteiro de 1 a 65535";
const days = "um número inteiro de 1 a 36500";
const word = "1 a 60 letras, dígitos, `_`, `.` ou `-`";
const host = "um nome de servidor ou endereço IP, sem a porta";
const schema =
  "um nome de schema: letras minúsculas, dígitos e `_`, no máximo 51, sem começar com pg_";

/** `ConfigVariable.expected` in Portuguese. */
export const expectedInPortuguese: Readonly<Record<VariableName, string>> = {
  DATABASE_URL:
    "a connection string do banco, postgresql://usuario:senha@host:5432/banco (no Supabase: Connect, conexão direta ou Session pooler), ou então SUPABASE_DB_PASSWORD com SUPABASE_URL, ou SUPABASE_URL e SUPABASE_SERVICE_ROLE_KEY com a Edge Function dialer-database-url",
  SUPABASE_DB_PASSWORD: "a senha do banco do projeto Supabase",
  SUPABASE_URL:
    "https://<projeto>.supabase.co sem caminho, ou o seu próprio endereço https://",
  SUPABASE_POOLER_HOST:
    "só o host, como aws-0-sa-east-1.pooler.supabase.com, sem porta nem usuário",
  DIALER_SCHEMA: schema,
  WORKER_SCHEMA: schema,
  DATABASE_MAX_CONNECTIONS: "um número inteiro de 7 a 200",
  SUPABASE_SERVICE_ROLE_KEY: "a chave service_role do projeto",
  SUPABASE_SECRET_KEY: "uma chave secreta do projeto",
  VOICE_ADAPTER: "asterisk_ami, freeswitch_esl ou mock",
  VOICE_NODE: word,
  SCHEDULER_INTERVAL_MS: milliseconds,
  EXECUTOR_INTERVAL_MS: milliseconds,
  TIMER_PROCESSOR_INTERVAL_MS: milliseconds,
  MAX_CONCURRENT_ORIGINATES: "um número inteiro de 1 a 10000",
  PORT: "um número inteiro de 0 a 65535",
  STATUS_TOKEN: "no mínimo 8 caracteres ASCII visíveis, sem espaços",
  RETENTION_EVENTS_DAYS: days,
  RETENTION_ATTEMPTS_DAYS: days,
  RETENTION_LEADS_DAYS: days,
  LOG_LEVEL: "fatal, error, warn, info, debug, trace ou silent",
  LOG_PHONE_NUMBERS: "true ou false",
  NODE_ENV: word,
  LEASE_DURATION_MS: milliseconds,
  LEASE_RENEW_MS: milliseconds,
  HEARTBEAT_STALE_MS: milliseconds,
  UNHEALTHY_AFTER_MS: milliseconds,
  SHUTDOWN_TIMEOUT_MS: milliseconds,
  SETTLE_MS: milliseconds,
  AGENT_TIMEOUT_MS: milliseconds,
  ASTERISK_HOST: host,
  ASTERISK_AMI_PORT: port,
  ASTERISK_AMI_USER: "o nome da seção em manager.conf",
  ASTERISK_AMI_SECRET: "o secret do usuário em manager.conf",
  ASTERISK_CONTEXT: word,
  FREESWITCH_HOST: host,
  FREESWITCH_ESL_PORT: port,
  FREESWITCH_ESL_PASSWORD: "a senha em event_socket.conf.xml",
  FREESWITCH_CONTEXT: word,
  MOCK_PBX_URL: "tcp://host:porta",
};
