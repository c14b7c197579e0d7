-- What a polling dialer needs to find its work; the engine's own schema has no use for these.
create index if not exists baseline_due on leads (campaign_id, priority, due_at) where status in ('NEW', 'RETRY');
create index if not exists baseline_queued on call_attempts (trunk_id, queued_at) where state = 'QUEUED' and end_at is null;
create index if not exists baseline_deadlines on call_attempts (deadline_at) where end_at is null;
