/** Messages about asking the project for its database. */
import type { DatabaseUrlProblem } from "../../../realtime/database-url.ts";
import type { Message } from "../message-table.ts";

const ways =
  "Or set DATABASE_URL (Supabase: Connect, Session pooler, port 5432).";
const caminhos =
  "Ou defina DATABASE_URL (Supabase: Connect, Session pooler, porta 5432).";

export const supabaseDatabaseMessages = {
  "supabase.database.ok": {
    status: "ok",
    en: ["{url} handed out the database's address (dialer-database-url)"],
    "pt-BR": ["{url} forneceu o endereço do banco (dialer-database-url)"],
  },
  "supabase.database.refused": {
    status: "problem",
    en: [
      "{url} handed out a database address that the engine cannot use",
      `The check of the variables says why. ${ways}`,
    ],
    "pt-BR": [
      "{url} forneceu um endereço de banco que o engine não pode usar",
      `A verificação das variáveis diz por quê. ${caminhos}`,
    ],
  },
  "supabase.database.unreachable": {
    status: "problem",
    en: [
      "{url} cannot be asked for the database ({seen})",
      `Check SUPABASE_URL, the DNS, and that this machine may open HTTPS connections; a paused project has no address. ${ways}`,
    ],
    "pt-BR": [
      "não foi possível perguntar a {url} pelo banco ({seen})",
      `Confira SUPABASE_URL, o DNS e se esta máquina pode abrir conexões HTTPS; um projeto pausado não tem endereço. ${caminhos}`,
    ],
  },
  "supabase.database.timeout": {
    status: "problem",
    en: [
      "{url} did not say in time which database is its own ({seen})",
      `Run the doctor again; if it stays, look at Supabase's status page and at this machine's firewall. ${ways}`,
    ],
    "pt-BR": [
      "{url} não disse a tempo qual é o banco ({seen})",
      `Rode o doctor de novo; se persistir, veja a página de status do Supabase e o firewall desta máquina. ${caminhos}`,
    ],
  },
  "supabase.database.certificate": {
    status: "problem",
    en: [
      "the certificate of {url} is not trusted ({seen}), so no key was sent",
      "Check SUPABASE_URL; a certificate authority of your own goes into NODE_EXTRA_CA_CERTS.",
    ],
    "pt-BR": [
      "o certificado de {url} não é confiável ({seen}), por isso nenhuma chave foi enviada",
      "Confira SUPABASE_URL; uma autoridade certificadora própria vai em NODE_EXTRA_CA_CERTS.",
    ],
  },
  "supabase.database.redirect": {
    status: "problem",
    en: [
      "{url} redirects to {seen}, and the key is sent nowhere else",
      "Set SUPABASE_URL to the address that answers by itself.",
    ],
    "pt-BR": [
      "{url} redireciona para {seen}, e a chave não vai a nenhum outro lugar",
      "Defina SUPABASE_URL com o endereço que responde por si.",
    ],
  },
  "supabase.database.not-deployed": {
    status: "problem",
    en: [
      "{url} has no Edge Function dialer-database-url ({seen})",
      `Deploy supabase/functions/dialer-database-url to the project. ${ways}`,
    ],
    "pt-BR": [
      "{url} não tem a Edge Function dialer-database-url ({seen})",
      `Publique supabase/functions/dialer-database-url no projeto. ${caminhos}`,
    ],
  },
  "supabase.database.wrong-key": {
    status: "problem",
    en: [
      "{url} refused the key ({seen})",
      "It must be the service_role key or a secret key (sb_secret_…) of this very project, not the anon key.",
    ],
    "pt-BR": [
      "{url} recusou a chave ({seen})",
      "Deve ser a chave service_role ou uma chave secreta (sb_secret_…) deste mesmo projeto, NÃO a anon key.",
    ],
  },
  "supabase.database.jwt-check": {
    status: "problem",
    en: [
      "{url} requires a JWT before it calls the function ({seen}), and the key is not one",
      "Deploy the function with --no-verify-jwt, or give the legacy service_role key.",
    ],
    "pt-BR": [
      "{url} exige um JWT antes de chegar à função ({seen}), e a chave não é um",
      "Publique a função com --no-verify-jwt ou use a chave service_role antiga.",
    ],
  },
  "supabase.database.paused": {
    status: "problem",
    en: [
      "the project at {url} is paused ({seen})",
      "Resume it in Supabase's dashboard.",
    ],
    "pt-BR": [
      "o projeto em {url} está pausado ({seen})",
      "Reative-o no painel do Supabase.",
    ],
  },
  "supabase.database.no-address": {
    status: "problem",
    en: [
      "the Edge Function at {url} has no SUPABASE_DB_URL itself ({seen})",
      `Give the function that variable (self-hosted: in its container). ${ways}`,
    ],
    "pt-BR": [
      "a Edge Function em {url} não tem, ela mesma, a SUPABASE_DB_URL ({seen})",
      `Dê essa variável à função (self-hosted: no contêiner dela). ${caminhos}`,
    ],
  },
  "supabase.database.not-supabase": {
    status: "problem",
    en: [
      "{url} does not answer as a Supabase project ({seen})",
      "SUPABASE_URL must be the project's address, https://<project>.supabase.co or your own.",
    ],
    "pt-BR": [
      "{url} não responde como um projeto Supabase ({seen})",
      "SUPABASE_URL deve ser o endereço do projeto, https://<projeto>.supabase.co ou o seu próprio.",
    ],
  },
  "supabase.database.failing": {
    status: "problem",
    en: [
      "{url} fails at the moment ({seen})",
      "Run the doctor again in a minute; the engine keeps asking for a minute by itself.",
    ],
    "pt-BR": [
      "{url} está falhando neste momento ({seen})",
      "Rode o doctor de novo em um minuto; o engine insiste sozinho por um minuto.",
    ],
  },
} as const satisfies Record<
  `supabase.database.${DatabaseUrlProblem | "ok" | "refused"}`,
  Message
>;
