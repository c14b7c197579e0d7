-- The oldest list of a name in a campaign, made when there is none; what is given replaces what it says about itself.
-- $1 campaign, $2 its account, $3 name, $4 source or null, $5 legal basis or null, $6 priority or null
with existing as (
  select id from lists where campaign_id = $1 and name = $3 order by created_at, id limit 1
), renewed as (
  update lists
  set source = coalesce($4, lists.source), legal_basis = coalesce($5, lists.legal_basis),
    priority = coalesce($6::integer, lists.priority)
  from existing
  where lists.id = existing.id and (($4::text, $5::text, $6::integer) is distinct from (null, null, null))
), made as (
  insert into lists (campaign_id, account_id, name, source, legal_basis, priority)
  select $1, $2, $3, $4, $5, coalesce($6::integer, 100)
  where not exists (select from existing)
  returning id
)
select id, true as "isNew" from made
union all
select id, false from existing
