-- Leads as a front end inserts them, and the numbers of some on the do-not-call list.
-- $1 account, $2 campaign, $3 rows as jsonb {external_id, phone, first_name, never (DNC, DUPLICATE, INVALID or null), e164}
with given as (
  select *
  from jsonb_to_recordset($3::jsonb) as given (external_id text, phone text, first_name text, never text, e164 text)
), listed as (
  insert into dnc_entries (account_id, phone_e164, reason, source)
  select $1, e164, 'Asked not to be called', 'demo' from given where never = 'DNC'
  on conflict do nothing
)
insert into leads (account_id, campaign_id, external_id, phone, first_name, metadata)
select $1, $2, external_id, phone, first_name,
  case when never is null then '{}'::jsonb else jsonb_build_object('never', never) end
from given
order by external_id
