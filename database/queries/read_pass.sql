-- What a pass goes by, in one row of JSON; a statement of its own, after the locks, so that it sees what they waited for.
-- $1 campaign id, $2 the locked trunks' ids, $3 their nodes
with recursive bucket as (
  -- A loose index scan: its cost grows with the number of kinds of leads, not of leads.
  (
    select coalesce(dial_timezone, '') as zone, coalesce(list_id, '00000000-0000-0000-0000-000000000000') as list,
      priority, due_at
    from leads
    where campaign_id = $1 and status in ('NEW', 'RETRY')
    order by coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
    limit 1
  )
  union all
  select next.* from bucket
  cross join lateral (
    select coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
    from leads
    where campaign_id = $1 and status in ('NEW', 'RETRY')
      and (coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority)
        > (bucket.zone, bucket.list, bucket.priority)
    order by coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
    limit 1
  ) as next
)
select
  (select count(*)::int from call_attempts where campaign_id = $1 and end_at is null) as "liveOfCampaign",
  -- Of each trunk: its live calls, those of them that should have been sent, and the first slot that is not given away. One
  -- whose bucket is missing is not dialled.
  (
    select coalesce(jsonb_object_agg(trunk.id, jsonb_build_object(
      'live', calls.live,
      'overdue', calls.overdue,
      'hasBucket', rates.trunk_id is not null,
      'nextSlotMs', case when isfinite(rates.next_slot_at) then extract(epoch from rates.next_slot_at) * 1000 end)), '{}')
    from unnest($2::uuid[]) as trunk (id)
    cross join lateral (
      select count(*) as live, count(*) filter (where state = 'QUEUED' and slot_at < clock_timestamp()) as overdue
      from call_attempts where trunk_id = trunk.id and end_at is null
    ) as calls
    left join rate_limit_buckets as rates on rates.trunk_id = trunk.id
  ) as "trunks",
  (
    select coalesce(jsonb_object_agg(node.name, jsonb_build_object(
      'adapter', node.adapter,
      'isHeld', coalesce(node.lease_expires_at > clock_timestamp(), false),
      'pbxConnected', node.pbx_connected,
      'maxOriginates', node.max_concurrent_originates,
      'unanswered', live.unanswered,
      'queued', live.queued,
      'pbxCallsPerSecond', node.pbx_calls_per_second,
      'pbxFreeCalls', node.pbx_free_calls - live.added
      )), '{}')
    from voice_nodes as node
    cross join lateral (
      select count(*) filter (where state in ('QUEUED', 'ORIGINATING', 'RINGING', 'EARLY_MEDIA')) as unanswered,
        count(*) filter (where state = 'QUEUED') as queued,
        -- Since the PBX was asked how many it has room for.
        count(*) filter (where state = 'QUEUED' or originate_at >= node.pbx_free_calls_at) as added
      from call_attempts where voice_node = node.name and end_at is null) as live
    where node.name = any($3::text[])
  ) as "nodes",
  -- Other ACTIVE campaigns, of any account, whose last pass had leads for these trunks and found them full. A pass older than
  -- 70 s counts no more: the sweep runs each minute.
  (
    select coalesce(jsonb_agg(jsonb_build_object('priority', campaign.priority, 'trunkIds', pass.hungry_for)), '[]')
    from campaign_passes as pass
    join campaigns as campaign on campaign.id = pass.campaign_id
    where pass.is_hungry and pass.hungry_for && $2::uuid[] and pass.pass_at > clock_timestamp() - interval '70 s'
      and campaign.status = 'ACTIVE' and campaign.id <> $1
  ) as "rivals",
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'weekday', weekday, 'opens', to_char(opens, 'HH24:MI'),
      'closes', to_char(closes, 'HH24:MI'))), '[]')
    from campaign_windows where campaign_id = $1
  ) as "windows",
  -- The kinds of leads that wait: each zone, list and priority that occurs, with its earliest due time. Where there are more,
  -- read_kinds leaves out the zones that are closed.
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'zone', kind.zone, 'listId', kind.list, 'priority', kind.priority,
      'dueMs', extract(epoch from least(greatest(kind.due_at, '1970-01-01'), '9999-12-31')) * 1000,
      'listPriority', coalesce(lists.priority, 100), 'listActive', coalesce(lists.is_active, true))), '[]')
    from (select * from bucket limit 5000) as kind
    left join lists on lists.id = kind.list
  ) as "buckets"
