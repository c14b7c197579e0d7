-- Calls that ended since $1 timestamptz, by campaign and slices of ten seconds. Cancelled before they were sent: left out.
select campaign_id as "campaignId", date_bin('10 seconds', end_at, timestamptz 'epoch') as at,
  count(*)::int as dialled, count(answer_at)::int as answered,
  count(*) filter (where outcome in (select code from outcomes where human_reached))::int as people,
  count(*) filter (where outcome = 'ABANDONED')::int as abandoned
from call_attempts
where end_at >= $1 and originate_at is not null
group by 1, 2
