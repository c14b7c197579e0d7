-- Notes among the blockers of an ACTIVE campaign that its pass failed, and how often in a row; meanwhile it does not compete with
-- others. $1 campaign, $2 reason
insert into campaign_passes (campaign_id, account_id, verdict)
select id, account_id, jsonb_build_array(jsonb_build_object(
  'reason', $2::text, 'count', 1, 'next_at', clock_timestamp() + interval '1 min'))
from campaigns where id = $1 and status = 'ACTIVE'
on conflict (campaign_id) do update
set is_starved = false, waiting_for_trunks = '{}',
  verdict = jsonb_set(excluded.verdict, '{0,count}', to_jsonb(1 + case
    when campaign_passes.verdict #>> '{0,reason}' = $2 then (campaign_passes.verdict #>> '{0,count}')::int else 0 end))
