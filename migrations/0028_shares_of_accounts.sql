-- Accounts share trunks and nodes evenly, whatever their campaigns' number and priorities.

alter table campaign_passes add column hungry_nodes text[] not null default '{}';
comment on column campaign_passes.hungry_nodes is 'Voice nodes that had no place left for a call when a lead was due.';
comment on column campaign_passes.is_hungry is
  'A shared line or node, not its own limit, kept it from dialling more: other accounts leave it its share, and campaigns of its account of a later priority what it waits for.';
create index campaign_passes_hungry on campaign_passes (account_id) where is_hungry;

alter table rate_limit_buckets add column given jsonb not null default '{}';
comment on column rate_limit_buckets.given is
  'Calls that each account was given of late: {account: [calls, epoch milliseconds]}, fading within seconds. Who was given less goes first.';

comment on column campaigns.priority is 'Between campaigns of the account; smaller goes first.';

-- An account that may not dial any more wants nothing: its passes say so.
create or replace function dialer_stop_accounts(account_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
begin
  perform dialer_cancel_queued(array(
    select id from call_attempts where account_id = any (account_ids) and end_at is null and state = 'QUEUED'));
  perform pg_notify('dialer_campaign',
    json_build_object('schema', current_schema(), 'campaignId', id, 'status', 'ACCOUNT_STOPPED')::text)
  from campaigns where account_id = any (account_ids) and status = 'ACTIVE';
  update campaign_passes set is_hungry = false, hungry_for = '{}', hungry_nodes = '{}'
  where account_id = any (account_ids) and is_hungry;
end $$;

-- One statement, one job, however many campaigns it concerns: thousands of jobs of one account stood before everybody's.
create or replace function dialer_wake(campaign_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
declare
  active uuid[];
begin
  if current_setting('dialer.engine', true) = 'on' then
    return;
  end if;
  active := array(select id from campaigns where id = any (campaign_ids) and status = 'ACTIVE');
  if cardinality(active) = 1 then
    perform add_job('schedule_campaign', json_build_object('campaignId', active[1]));
  elsif cardinality(active) > 1 then
    perform add_job('schedule_campaign', json_build_object('campaignIds', active));
  end if;
end $$;
comment on function dialer_wake(uuid[]) is 'Asks, with one job, for a pass of those of the given campaigns that are ACTIVE.';
