-- Inserts leads whose number and external id the campaign does not have, with their further numbers; with $5 the names,
-- metadata and priority of those that it has are renewed, and nothing else of them. In file order, so that created_at,
-- which decides between leads of one priority, keeps it. With $6 nothing is written.
-- $1 campaign, $2 its account, $3 list or null, $4 rows as jsonb (ImportedLead), $5 update, $6 dry run; returns a kind for each
-- line that is not inserted, in a dry run NEW for the others
with given as materialized (
  select gen_random_uuid() as id, given.*, dialer_phone_key(given.e164) as key
  from jsonb_to_recordset($4::jsonb) as given (
    line integer, phone text, e164 text, zone text, timezone text, external_id text,
    first_name text, last_name text, priority integer, metadata jsonb, phones jsonb)
), judged as materialized (
  select given.*, same.id as same_id,
    case
      when same.id is null then case
        when exists (select from leads where leads.campaign_id = $1 and leads.external_id = given.external_id)
          then 'OTHER_NUMBER' else 'NEW' end
      when not $5::boolean then 'ALREADY_THERE'
      when given.external_id <> same.external_id or same.external_id is null and exists (
        select from leads where leads.campaign_id = $1 and leads.external_id = given.external_id) then 'OTHER_ID'
      when (
        coalesce(given.first_name, same.first_name), coalesce(given.last_name, same.last_name),
        coalesce(given.priority, same.priority), same.metadata || given.metadata
      ) is distinct from (same.first_name, same.last_name, same.priority, same.metadata) then 'UPDATED'
      else 'ALREADY_THERE'
    end as kind
  from given
  left join leads as same
    on same.campaign_id = $1 and dialer_phone_key(same.phone_e164) = given.key and same.erased_at is null
), inserted as (
  insert into leads (
    id, campaign_id, account_id, list_id, external_id, phone, phone_e164, dial_timezone, first_name, last_name, timezone,
    priority, metadata, has_more)
  select id, $1, $2, $3::uuid, external_id, phone, e164, zone, first_name, last_name, timezone, coalesce(priority, 100), metadata,
    coalesce(phones, '[]') <> '[]'
  from judged
  where kind = 'NEW' and not $6::boolean
  order by line
  on conflict do nothing
  returning id
), numbers as (
  insert into lead_phones (lead_id, phone, phone_e164, dial_timezone, kind, position)
  select inserted.id, number.phone, number.e164, number.zone, number.kind, number.nth
  from inserted
  join judged on judged.id = inserted.id
  cross join lateral rows from (
    jsonb_to_recordset(judged.phones) as (phone text, e164 text, zone text, kind text)
  ) with ordinality as number (phone, e164, zone, kind, nth)
  order by judged.line, number.nth
  on conflict do nothing
), locked as materialized (
  select leads.id from leads
  where not $6::boolean and leads.id in (select same_id from judged where kind = 'UPDATED')
  order by leads.id
  for no key update
), renewed as (
  update leads
  set first_name = coalesce(judged.first_name, leads.first_name),
    last_name = coalesce(judged.last_name, leads.last_name),
    priority = coalesce(judged.priority, leads.priority),
    metadata = leads.metadata || judged.metadata
  from locked
  join judged on judged.same_id = locked.id
  where leads.id = locked.id
)
select line, key, case when kind = 'NEW' and not $6::boolean then 'ALREADY_THERE' else kind end as kind
from judged
where id not in (select id from inserted)
order by line
