-- Retry rules of the demo's campaign. $1 account, $2 campaign, $3 rows as jsonb {outcome, seconds, tries}
insert into retry_rules (account_id, campaign_id, outcome, delay_seconds, max_tries)
select $1, $2, outcome, seconds, tries
from jsonb_to_recordset($3::jsonb) as given (outcome text, seconds integer, tries integer)
