import type { Message } from "../message-table.ts";

export const supabaseMessages = {
  "supabase.key.ok": {
    status: "ok",
    en: ["the key is a {kind} key"],
    "pt-BR": ["a chave é do tipo {kind}"],
  },
  "supabase.key.public": {
    status: "problem",
    en: [
      "the key is a {kind} key, which browsers get: it may not do the engine's work",
      "Copy the secret key (sb_secret_…) or the service_role key: Supabase, Settings, API Keys.",
    ],
    "pt-BR": [
      "a chave é do tipo {kind}, a que vai para o navegador: ela não serve para o engine",
      "Copie a chave secreta (sb_secret_…) ou a service_role: Supabase, Settings, API Keys (NÃO a anon key).",
    ],
  },
  "supabase.key.expired": {
    status: "problem",
    en: [
      "the key expired on {date}",
      "Copy a valid one: Supabase, Settings, API Keys.",
    ],
    "pt-BR": [
      "a chave venceu em {date}",
      "Copie uma válida: Supabase, Settings, API Keys.",
    ],
  },
  "supabase.key.other-project": {
    status: "problem",
    en: [
      "the key is of project {project}, and SUPABASE_URL of another",
      "Copy both from the same project.",
    ],
    "pt-BR": [
      "a chave é do projeto {project}, e SUPABASE_URL de outro",
      "Copie as duas do mesmo projeto.",
    ],
  },
  "supabase.key.unknown": {
    status: "warning",
    en: [
      "the key is of no kind that Supabase issues",
      "A secret key begins with sb_secret_, a service_role key with eyJ. Check that it was copied whole.",
    ],
    "pt-BR": [
      "a chave não é de nenhum tipo que o Supabase fornece",
      "Uma chave secreta começa com sb_secret_, uma service_role com eyJ. Veja se foi copiada inteira.",
    ],
  },
  "supabase.rest.ok": {
    status: "ok",
    en: ["{url} answers, and the key reads the dialer's tables"],
    "pt-BR": ["{url} responde, e a chave lê as tabelas do discador"],
  },
  "supabase.rest.key": {
    status: "problem",
    en: [
      "{url} refused the key (HTTP {status}: {reason})",
      "Copy URL and key from the same project; legacy keys may be switched off there: then take a new one (sb_secret_…).",
    ],
    "pt-BR": [
      "{url} recusou a chave (HTTP {status}: {reason})",
      "Copie URL e chave do mesmo projeto; as chaves antigas podem estar desativadas lá: nesse caso use uma nova (sb_secret_…).",
    ],
  },
  "supabase.rest.no-right": {
    status: "problem",
    en: [
      "{url} answers, but the key may not read the dialer's tables ({reason})",
      "Run npm run migrate, which renews the grants of the API roles, and check the kind of the key.",
    ],
    "pt-BR": [
      "{url} responde, mas a chave não pode ler as tabelas do discador ({reason})",
      "Rode npm run migrate, que renova as permissões dos papéis da API, e confira o tipo da chave.",
    ],
  },
  "supabase.rest.no-table": {
    status: "warning",
    en: [
      "{url} answers, but knows no table campaigns ({reason})",
      "Set the dialer up first (npm run migrate). If it is, this URL is of another project than DATABASE_URL, or its schema cache is old: notify pgrst, 'reload schema'.",
    ],
    "pt-BR": [
      "{url} responde, mas não conhece a tabela campaigns ({reason})",
      "Instale o discador antes (npm run migrate). Se já está instalado, esta URL é de outro projeto que a DATABASE_URL, ou o cache do schema está velho: notify pgrst, 'reload schema'.",
    ],
  },
  "supabase.rest.not-exposed": {
    status: "warning",
    en: [
      "{url} answers, but does not expose schema {schema}",
      "Add {schema} to the exposed schemas (Supabase: Settings, Data API; self-hosted: PGRST_DB_SCHEMAS), or front ends cannot see the dialer.",
    ],
    "pt-BR": [
      "{url} responde, mas não expõe o schema {schema}",
      "Inclua {schema} nos exposed schemas (Supabase: Settings, Data API; self-hosted: PGRST_DB_SCHEMAS), senão o front-end não enxerga o discador.",
    ],
  },
  "supabase.rest.paused": {
    status: "problem",
    en: [
      "{url} is paused (HTTP {status})",
      "Resume the project in Supabase's dashboard.",
    ],
    "pt-BR": [
      "{url} está pausado (HTTP {status})",
      "Reative o projeto no painel do Supabase.",
    ],
  },
  "supabase.rest.wrong": {
    status: "problem",
    en: [
      "{url} does not answer as Supabase's REST API (HTTP {status})",
      "SUPABASE_URL must be the project's address, https://<project>.supabase.co or your own.",
    ],
    "pt-BR": [
      "{url} não responde como a API REST do Supabase (HTTP {status})",
      "SUPABASE_URL deve ser o endereço do projeto, https://<projeto>.supabase.co ou o seu próprio.",
    ],
  },
  "supabase.rest.unreachable": {
    status: "problem",
    en: [
      "{url} cannot be reached ({reason})",
      "Check SUPABASE_URL, the DNS, and that this machine may open HTTPS connections. The address of a paused project disappears.",
    ],
    "pt-BR": [
      "{url} não pode ser alcançado ({reason})",
      "Confira SUPABASE_URL, o DNS e se esta máquina pode abrir conexões HTTPS. O endereço de um projeto pausado desaparece.",
    ],
  },
} as const satisfies Record<string, Message>;
