/** What `npm run import -- --help` prints. */
import type { Translated } from "../language.ts";

export const usage: Translated = {
  en: `  npm run import -- FILE.csv --campaign NAME [options]

The file is a text file of any size (CSV and its kin: , ; tab or | between the columns; UTF-8, UTF-16, Windows-1252, MacRoman
or CP850 of DOS), or an .xlsx workbook. Delimiter, encoding and header are found by themselves.

  --campaign NAME      the campaign's name, or its id
  --dry-run            count what would be imported, skipped and rejected, and why; nothing is written
  --update             renew names, metadata and priority of leads that the campaign has; nothing else of them changes
  --list NAME          list the leads go to; made if the campaign has none of that name (default: the file's name)
  --account UUID       account of the campaign, when several have one of that name
  --country BR         country of numbers without + (default: the account's)
  --phone-column NAME  column that holds a telephone; again for a further one, tried after it (default: by their names)
  --map COLUMN=FIELD   what a column is, as often as needed: phone, country_code, area_code, country, first_name,
                       last_name, external_id, timezone, priority, metadata (kept as it is) or ignore (left out)
  --no-header --columns name,phone,…
                       the file has no header: its columns are called so
  --sheet NAME         sheet of a workbook, by name or number (default: the one that has a telephone column)
  --rejects FILE       where rejected rows go, with line and reason (default: FILE.rejects.csv)
  --delimiter auto     , or ; or tab or | (default: found in the header)
  --encoding auto      utf-8, latin1, utf-16le, utf-16be, macroman or cp850 (default: found in the file)
  --source TEXT        where the data come from; kept with the list
  --legal-basis TEXT   why these people may be called; kept with the list
  --priority N         of the list; smaller goes first
  --lang pt-BR         language of what is printed: en or pt-BR (default: LC_ALL, LC_MESSAGES or LANG, else English)

The header names the columns, in English, Portuguese or Spanish: phone (telefone, celular, fone, telefono, móvil, Mobile Phone
Number, Phone 1 - Value …), country code (phone_code, DDI), country (pais), area code (area_code, DDD), prefijo (of country
or area), first_name (nome, nombre), last_name (sobrenome, apellido), external_id (codigo, id), timezone (fuso), priority
(prioridade). Other columns go into the leads' metadata. Of several columns with telephones the first that gives a number is
dialled first, the others are further numbers of the lead. ddd_1;telefone_1;ddd_2;telefone_2 belong together by name.

Nothing is imported twice: a number or external id that the campaign has already is left alone, so an import that was
cut off is completed by running it again. A reject file can be corrected and imported as it is.

It reads DATABASE_URL (or what the engine reads instead of it), DIALER_SCHEMA and WORKER_SCHEMA.
Exit code: 0 all rows are in the campaign (or could be), 3 some were rejected, 1 error, 130 stopped by Ctrl-C.
`,
  "pt-BR": `  npm run import -- ARQUIVO.csv --campaign NOME [opções]

O arquivo é um arquivo de texto de qualquer tamanho (CSV e parentes: , ; tabulação ou | entre as colunas; UTF-8, UTF-16,
Windows-1252, MacRoman ou CP850 do DOS), ou uma planilha .xlsx. Separador, codificação e cabeçalho são reconhecidos.

  --campaign NOME      o nome da campanha, ou o id
  --dry-run            ensaio: conta o que seria importado, pulado e rejeitado, e por quê; nada é gravado
  --update             renova nomes, metadata e prioridade dos leads que a campanha já tem; nada mais muda neles
  --list NOME          lista dos leads; é criada se a campanha não tem uma com o nome (padrão: o nome do arquivo)
  --account UUID       conta da campanha, quando várias têm uma com o nome
  --country BR         país dos números sem + (padrão: o da conta)
  --phone-column NOME  coluna com telefone; repita para mais uma, tentada depois (padrão: pelos nomes)
  --map COLUNA=CAMPO   o que uma coluna é, quantas vezes precisar: phone, country_code, area_code, country, first_name,
                       last_name, external_id, timezone, priority, metadata (guardada como está) ou ignore (fica de fora)
  --no-header --columns nome,telefone,…
                       o arquivo não tem cabeçalho: as colunas se chamam assim
  --sheet NOME         planilha do arquivo .xlsx, pelo nome ou número (padrão: a que tem coluna de telefone)
  --rejects ARQUIVO    para onde vão as linhas rejeitadas, com linha e motivo (padrão: ARQUIVO.rejects.csv)
  --delimiter auto     , ou ; ou tab ou | (padrão: reconhecido no cabeçalho)
  --encoding auto      utf-8, latin1, utf-16le, utf-16be, macroman ou cp850 (padrão: reconhecida no arquivo)
  --source TEXTO       de onde vêm os dados; fica guardado na lista
  --legal-basis TEXTO  por que se pode ligar para estas pessoas; fica guardado na lista
  --priority N         da lista; o menor vai antes
  --lang pt-BR         língua do que é impresso: en ou pt-BR (padrão: LC_ALL, LC_MESSAGES ou LANG, senão inglês)

O cabeçalho dá nome às colunas, em português, inglês ou espanhol: telefone (celular, fone, phone, telefono, móvil, Mobile Phone
Number, Phone 1 - Value …), código do país (DDI, phone_code), país (country), DDD (area_code), prefijo (do país ou da área),
nome (first_name, nombre), sobrenome (last_name, apellido), codigo (external_id, id), fuso (timezone), prioridade (priority).
As outras colunas vão para o metadata dos leads. De várias colunas com telefone, a primeira que dá um número é discada
primeiro, as outras são mais números do lead. ddd_1;telefone_1;ddd_2;telefone_2 se juntam pelo nome.

Nada é importado duas vezes: um número ou código externo que a campanha já tem fica como está, então uma importação cortada
se completa rodando de novo. Um arquivo de rejeitadas pode ser corrigido e importado como está.

Lê DATABASE_URL (ou o que o engine lê no lugar dela), DIALER_SCHEMA e WORKER_SCHEMA.
Código de saída: 0 todas as linhas estão na campanha (ou poderiam estar), 3 algumas foram rejeitadas, 1 erro, 130 Ctrl-C.
`,
};
