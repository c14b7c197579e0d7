-- The present facts of each ACTIVE campaign, and of those named in $2 uuid[], for engine $1 uuid to broadcast. Several nodes have
-- several leaders: the leader of the first node broadcasts, every other engine gets no row. If there are more than $4, they come
-- in turn: of each account those behind the one that $3 {account: id} names first, and the first of each account before the
-- second of any, so that a thousand campaigns of one account delay no other's.
with last as (
  select key::uuid as account_id, value::uuid as id from jsonb_each_text($3::jsonb)
), chosen as (
  select turns.* from (
    select campaign.id, campaign.account_id, campaign.status,
      row_number() over (
        partition by campaign.account_id order by coalesce(campaign.id <= last.id, false), campaign.id) as turn
    from campaigns as campaign
    left join last on last.account_id = campaign.account_id
    where (campaign.status = 'ACTIVE' or campaign.id = any ($2::uuid[]))
      and (select lease_holder from voice_nodes
        where lease_holder is not null and lease_expires_at > clock_timestamp()
        order by name limit 1) = $1::uuid) as turns
  order by turn, account_id
  limit $4
), live as (
  select campaign_id, jsonb_object_agg(state, attempts) as by_state
  from (
    select campaign_id, state, count(*) as attempts
    from call_attempts
    where end_at is null and campaign_id in (select id from chosen)
    group by campaign_id, state) as counted
  group by campaign_id), blocked as (
  select campaign_id,
    jsonb_agg(jsonb_build_object('reason', reason, 'count', count, 'nextAt', next_at, 'detail', detail) order by reason)
      as blockers
  from dialing_blockers
  where campaign_id in (select id from chosen)
  group by campaign_id)
select campaign.id as "campaignId", campaign.account_id as "accountId", campaign.status,
  coalesce(live.by_state, '{}') as "liveCalls", coalesce(blocked.blockers, '[]') as blockers
from chosen as campaign
left join live on live.campaign_id = campaign.id
left join blocked on blocked.campaign_id = campaign.id
order by campaign.turn, campaign.id
