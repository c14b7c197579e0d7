-- Calls that ended from $1 timestamptz to before $2 timestamptz, by campaign, quarter of an hour and outcome. Cancelled
-- before they were sent: left out.
select campaign_id as "campaignId", date_bin('15 minutes', end_at, timestamptz 'epoch') as at, outcome,
  outcome in (select code from outcomes where human_reached) as "isPerson",
  count(*)::int as calls, count(answer_at)::int as answered
from call_attempts
where end_at >= $1 and end_at < $2 and originate_at is not null
group by 1, 2, 3
