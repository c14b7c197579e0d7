-- Live calls without progress, and timers that did not fire; no parameters. Busy workers delay a timer, but never by 15
-- s.
select count(*)::int as live,
  (count(*) filter (where attempt.state in ('ORIGINATING', 'RINGING', 'EARLY_MEDIA')
    and attempt.originate_at < clock_timestamp() - make_interval(
      secs => campaign.setup_timeout_seconds + campaign.ring_timeout_seconds + 30)))::int as stuck,
  (count(*) filter (where attempt.deadline_at < clock_timestamp() - interval '15 s'))::int as overdue,
  coalesce(floor(extract(epoch from clock_timestamp() - min(attempt.deadline_at))), 0)::float8 as "latestSeconds"
from call_attempts as attempt
join campaigns as campaign on campaign.id = attempt.campaign_id
where attempt.end_at is null
