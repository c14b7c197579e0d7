import type { Message } from "../message-table.ts";

export const migrationMessages = {
  "database.migrations.ok": {
    status: "ok",
    en: ["schema {schema} is up to date, at {name}"],
    "pt-BR": ["o schema {schema} está atualizado, em {name}"],
  },
  "database.migrations.none": {
    status: "warning",
    en: [
      "the dialer is not set up in schema {schema} yet (migrations to apply: {count})",
      "Start the engine, which does it, or run: npm run migrate. If it was set up before, DIALER_SCHEMA or the database is another.",
    ],
    "pt-BR": [
      "o discador ainda não está instalado no schema {schema} (migrações a aplicar: {count})",
      "Inicie o engine, que faz isso, ou rode: npm run migrate. Se já estava instalado, DIALER_SCHEMA ou o banco é outro.",
    ],
  },
  "database.migrations.pending": {
    status: "warning",
    en: [
      "not applied yet: {names}",
      "The engine applies them when it starts; or run: npm run migrate.",
    ],
    "pt-BR": [
      "ainda não aplicadas: {names}",
      "O engine as aplica ao iniciar; ou rode: npm run migrate.",
    ],
  },
  "database.migrations.changed": {
    status: "problem",
    en: [
      "a migration that was applied has another content here ({reason})",
      "Deploy the files as they were; a change goes into a new migration.",
    ],
    "pt-BR": [
      "uma migração já aplicada tem outro conteúdo aqui ({reason})",
      "Faça o deploy dos arquivos como eram; uma mudança vai em uma nova migração.",
    ],
  },
  "database.migrations.missing": {
    status: "problem",
    en: [
      "the database has a migration that this version lacks ({reason})",
      "Deploy a version that has it.",
    ],
    "pt-BR": [
      "o banco tem uma migração que esta versão não tem ({reason})",
      "Faça o deploy de uma versão que a tenha.",
    ],
  },
  "database.migrations.too-new": {
    status: "problem",
    en: [
      "the database was migrated by a newer version ({reason})",
      "Deploy that version again, or restore the database's backup from before the update.",
    ],
    "pt-BR": [
      "o banco foi migrado por uma versão mais nova ({reason})",
      "Volte a usar aquela versão, ou restaure o backup do banco de antes da atualização.",
    ],
  },
  "database.migrations.foreign": {
    status: "problem",
    en: [
      "something that is not the dialer's has one of its names ({reason})",
      "Set DIALER_SCHEMA to a schema of the dialer's own, for instance dialer, and add it to the exposed schemas of Supabase's Data API.",
    ],
    "pt-BR": [
      "algo que não é do discador tem um dos nomes dele ({reason})",
      "Defina DIALER_SCHEMA com um schema só do discador, por exemplo dialer, e inclua-o nos exposed schemas da Data API do Supabase.",
    ],
  },
  "database.migrations.worker-schema": {
    status: "problem",
    en: [
      "WORKER_SCHEMA is not the one it was set up with ({reason})",
      "Set it back.",
    ],
    "pt-BR": [
      "WORKER_SCHEMA não é o da instalação ({reason})",
      "Volte ao valor anterior.",
    ],
  },
  "database.migrations.worker-foreign": {
    status: "problem",
    en: [
      "the jobs' schema is another program's ({reason})",
      "Set WORKER_SCHEMA to a schema of the dialer's own, for instance dialer_worker.",
    ],
    "pt-BR": [
      "o schema de jobs é de outro programa ({reason})",
      "Defina WORKER_SCHEMA com um schema só do discador, por exemplo dialer_worker.",
    ],
  },
  "database.migrations.unreadable": {
    status: "problem",
    en: [
      "the list of applied migrations cannot be read by {role}",
      "Connect as the role that ran the first migration.",
    ],
    "pt-BR": [
      "a lista de migrações aplicadas não pode ser lida por {role}",
      "Conecte com o usuário que rodou a primeira migração.",
    ],
  },
} as const satisfies Record<string, Message>;
