-- Inserts leads whose number and external id the campaign does not have; returns the lines of the others.
-- In file order, so that created_at, which decides between leads of one priority, keeps it.
-- $1 campaign, $2 its account, $3 list, $4 rows as jsonb (ImportedLead)
with given as (
  select *
  from jsonb_to_recordset($4::jsonb) as given (
    line integer, phone text, e164 text, zone text, timezone text, external_id text,
    first_name text, last_name text, priority integer, metadata jsonb)
), inserted as (
  insert into leads (
    campaign_id, account_id, list_id, external_id, phone, phone_e164, dial_timezone, first_name, last_name, timezone,
    priority, metadata)
  select $1, $2, $3, external_id, phone, e164, zone, first_name, last_name, timezone, coalesce(priority, 100), metadata
  from given
  order by line
  on conflict do nothing
  returning phone_e164
)
select given.line,
  exists (select from leads where campaign_id = $1 and external_id = given.external_id)
    and not exists (select from leads where campaign_id = $1 and phone_e164 = given.e164) as "hasOtherNumber"
from given
where given.e164 not in (select phone_e164 from inserted)
order by given.line
