-- Calls that ended since $1 timestamptz, by campaign and slices: of ten seconds since $2 timestamptz, of a minute before.
-- Cancelled before they were sent: left out.
select campaign_id as "campaignId",
  date_bin(case when end_at >= $2 then interval '10 seconds' else interval '1 minute' end, end_at, timestamptz 'epoch') as at,
  count(*)::int as dialled, count(answer_at)::int as answered,
  count(*) filter (where outcome in (select code from outcomes where human_reached))::int as people,
  count(*) filter (where outcome = 'ABANDONED')::int as abandoned
from call_attempts
where end_at >= $1 and originate_at is not null
group by 1, 2
