-- Live attempts of a campaign, by trunk group and by node; a statement of its own, after the locks, so that it sees what
-- they waited for. $1 campaign id, $2 trunk ids, $3 node names
select
  (select count(*)::int from call_attempts where campaign_id = $1 and end_at is null) as "ofCampaign",
  coalesce((
    select jsonb_object_agg(live.trunk_id, live.n) from (
      select trunk_id, count(*)::int as n from call_attempts
      where end_at is null and trunk_id = any($2::uuid[]) group by trunk_id
    ) as live), '{}') as "byTrunk",
  coalesce((
    select jsonb_object_agg(live.voice_node, live.n) from (
      select voice_node, count(*)::int as n from call_attempts
      where end_at is null and voice_node = any($3::text[]) and state in ('QUEUED', 'ORIGINATING', 'RINGING', 'EARLY_MEDIA')
      group by voice_node
    ) as live), '{}') as "diallingByNode"
