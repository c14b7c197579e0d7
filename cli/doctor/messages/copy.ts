/** A database that is a copy of another installation's. */
import type { Message } from "../message-table.ts";

export const copyMessages = {
  "database.copy.ok": {
    status: "ok",
    en: ["this is where the installation was made"],
    "pt-BR": ["é aqui que a instalação foi feita"],
  },
  "database.copy.ok-logical": {
    status: "ok",
    en: [
      "nothing indicates that this is a copy. A physical copy (pg_basebackup, a promoted standby, a copied disk) looks like the original: before an engine starts on it, run there as the owner of the tables: update installation set place = 'database=0';",
    ],
    "pt-BR": [
      "nada indica que isto é uma cópia. Uma cópia física (pg_basebackup, standby promovido, disco copiado) parece o original: antes de iniciar um engine nela, rode ali como dono das tabelas: update installation set place = 'database=0';",
    ],
  },
  "database.copy.new": {
    status: "skipped",
    en: ["no engine has started here yet"],
    "pt-BR": ["nenhum engine iniciou aqui ainda"],
  },
  "database.copy.waiting": {
    status: "problem",
    en: [
      "this is a copy of the database of installation {from} (found {at}): nothing dials here, {waiting} campaigns wait",
      "If it replaces the original, and no engine dials from the original any more: select release_copied_database(); as the owner of the tables. In a staging copy, leave it as it is.",
    ],
    "pt-BR": [
      "isto é uma cópia do banco da instalação {from} (percebida em {at}): nada disca aqui, {waiting} campanhas esperam",
      "Se este banco substitui o original, e nenhum engine disca mais a partir do original: select release_copied_database(); como dono das tabelas. Em uma cópia de testes, deixe assim.",
    ],
  },
  "database.copy.moved": {
    status: "warning",
    en: [
      "this database is in a different place from where an engine last started on it: it was copied or moved",
      "The next engine takes an id of its own, leaves the original's calls alone and pauses the {active} ACTIVE campaigns (COPIED_DATABASE). If it was moved for good: then select release_copied_database(); as the owner of the tables.",
    ],
    "pt-BR": [
      "este banco está em outro lugar do que quando um engine iniciou nele pela última vez: foi copiado ou movido",
      "O próximo engine assume um id próprio, não toca nas ligações do original e pausa as {active} campanhas ACTIVE (COPIED_DATABASE). Se foi movido de vez: depois, select release_copied_database(); como dono das tabelas.",
    ],
  },
} as const satisfies Record<string, Message>;
