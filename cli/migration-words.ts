/** Why a database cannot be migrated, in Portuguese; the English text is the error's own message. */
import type {
  MigrationError,
  MigrationFault,
} from "../database/migrations/migration-error.ts";
import { fillIn, type Translated } from "./language.ts";

const ownSchema =
  "Defina WORKER_SCHEMA com um schema só do discador, por exemplo {example}. Se ele sobrou de uma instalação interrompida, apague-o.";

const inPortuguese: Readonly<Record<MigrationFault, string>> = {
  "postgres-too-old":
    "O banco é um Postgres {version}; o discador precisa do 15 ou mais novo. Atualize-o.",
  "schemas-equal":
    'DIALER_SCHEMA e WORKER_SCHEMA são ambos "{schema}"; o worker precisa de um schema próprio, que nenhum papel da API alcance.',
  "schema-name":
    '"{schema}" não pode ser um schema do discador: use letras minúsculas, dígitos e _, sem começar com dígito nem com pg_.',
  "foreign-object":
    'O schema "{schema}" já tem "{name}", que não é do discador. Nada foi mudado. Defina DIALER_SCHEMA com um schema só do discador, por exemplo dialer.',
  "file-changed":
    "migrations/{file} não é o arquivo que foi aplicado a este banco (SHA-256 {found}… em vez de {applied}…). Restaure-o; a mudança vai em uma nova migração.",
  "file-missing":
    "O banco tem a migração {file}, mas não há esse arquivo em migrations/. Faça o deploy de uma versão que o tenha.",
  "ledger-too-new":
    "O banco foi migrado até {file}, que precisa do engine {needed} ou mais novo; este é o {version}. Faça o deploy daquela versão, ou restaure o banco de antes da migração.",
  "worker-schema-changed":
    'O discador do schema "{schema}" foi instalado com WORKER_SCHEMA={recorded}, e os triggers dele põem os jobs lá; agora é {worker}. Volte a {recorded}.',
  "worker-of-program": `O schema "{worker}" tem um Graphile Worker que este discador não criou: outro programa deste banco o usa. Nada foi mudado. ${ownSchema}`,
  "worker-of-dialer": `O schema "{worker}" tem os jobs do discador do schema "{owner}". Nada foi mudado. ${ownSchema}`,
  "worker-shared":
    'O schema "{worker}" é do discador, mas outro programa também tem tarefas nele ({tasks}), e esta versão o atualizaria: os workers daquele programa parariam. Nada foi mudado. Antes, dê àquele programa um schema próprio.',
  "worker-migration":
    'O Graphile Worker não conseguiu preparar o schema "{worker}": {reason}. O usuário precisa do direito de criar schemas neste banco, ou de ser dono desse.',
  "schemas-not-made":
    'Os schemas "{schema}" e "{worker}" não puderam ser preparados: {reason}. O usuário precisa do direito de criar schemas neste banco, ou de ser dono desses dois.',
  "file-failed":
    "migrations/{file} falhou e foi desfeito: {reason}. Os arquivos anteriores continuam aplicados; rode migrate de novo quando a causa for removida.",
};

export function migrationText(error: MigrationError): Translated {
  const { fault, parameters, message } = error;
  return {
    en: message,
    "pt-BR": fillIn(inPortuguese[fault], parameters, "pt-BR"),
  };
}
