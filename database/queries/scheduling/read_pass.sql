-- Reads what a pass decides by, in one row of JSON. A statement of its own, after the locks, so that it sees what they waited for.
-- $1 the campaign with its locked trunks and their nodes: counts_seconds is the time in which the account's calls per second are
-- counted, day_start the beginning of its day, each null where the account has no such limit; most_partitions limits lead partitions
select
  (select count(*)::int from call_attempts where campaign_id = given.campaign_id and end_at is null) as "liveOfCampaign",
  (
    select jsonb_build_object(
      'live', count(*), 'queued', count(*) filter (where state = 'QUEUED'),
      'sentLately', case when given.counts_seconds is null then 0 else (
        select count(*) from call_attempts
        where account_id = given.account_id and originate_at > statement_timestamp() - given.counts_seconds * interval '1 s') end,
      'dialsToday', case when given.day_start is null then 0 else (
        select count(*) from call_attempts where account_id = given.account_id and originate_at >= given.day_start) end)
    from call_attempts where account_id = given.account_id and end_at is null
  ) as "account",
  -- Of each trunk: its live calls, those of them that should have been sent, and the first slot that is not given away. One
  -- whose bucket is missing is not dialled.
  (
    select coalesce(jsonb_object_agg(trunk.id, jsonb_build_object(
      'live', calls.live,
      'liveOf', calls.live_of,
      'overdue', calls.overdue,
      'given', coalesce(rates.given, '{}'),
      'hasBucket', rates.trunk_id is not null,
      'nextSlotMs', case when isfinite(rates.next_slot_at) then extract(epoch from rates.next_slot_at) * 1000 end)), '{}')
    from unnest(given.trunk_ids) as trunk (id)
    cross join lateral (
      select coalesce(sum(of_account.live), 0) as live, coalesce(sum(of_account.overdue), 0) as overdue,
        coalesce(jsonb_object_agg(of_account.account_id, of_account.live), '{}') as live_of
      from (
        select account_id, count(*) as live,
          count(*) filter (where state = 'QUEUED' and slot_at < clock_timestamp()) as overdue
        from call_attempts where trunk_id = trunk.id and end_at is null
        group by account_id
      ) as of_account
    ) as calls
    left join rate_limit_buckets as rates on rates.trunk_id = trunk.id
  ) as "trunks",
  (
    select coalesce(jsonb_object_agg(node.name, jsonb_build_object(
      'adapter', node.adapter,
      'isHeld', coalesce(node.lease_expires_at > clock_timestamp(), false),
      'pbxConnected', node.pbx_connected,
      'pbxPause', node.pbx_pause,
      'maxOriginates', node.max_concurrent_originates,
      'unanswered', live.unanswered,
      'queued', live.queued,
      'accounts', live.accounts,
      'pbxCallsPerSecond', node.pbx_calls_per_second,
      'pbxFreeCalls', node.pbx_free_calls - live.added,
      'unheardCalls', node.unheard_calls,
      'unheardUntilMs', extract(epoch from node.unheard_until) * 1000
      )), '{}')
    from voice_nodes as node
    cross join lateral (
      select coalesce(sum(of_account.unanswered), 0) as unanswered, coalesce(sum(of_account.queued), 0) as queued,
        coalesce(sum(of_account.added), 0) as added,
        coalesce(jsonb_object_agg(of_account.account_id, jsonb_build_object(
          'unanswered', of_account.unanswered, 'queued', of_account.queued, 'live', of_account.live)), '{}') as accounts
      from (
        select account_id, count(*) as live,
          count(*) filter (where state in ('QUEUED', 'ORIGINATING', 'RINGING', 'EARLY_MEDIA')) as unanswered,
          count(*) filter (where state = 'QUEUED') as queued,
          -- Since the PBX was asked how many it has room for.
          count(*) filter (where state = 'QUEUED' or originate_at >= node.pbx_free_calls_at) as added
        from call_attempts where voice_node = node.name and end_at is null
        group by account_id
      ) as of_account) as live
    where node.name = any(given.nodes)
  ) as "nodes",
  -- Other ACTIVE campaigns whose last pass had leads for these trunks, or these nodes, and found them full: by account, the
  -- earliest priority, and how many have this campaign's. A pass older than 70 s counts no more: the sweep runs each minute.
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'accountId', rival.account_id, 'trunkId', rival.trunk_id, 'node', rival.node, 'earliest', rival.earliest,
      'equals', rival.equals)), '[]')
    from (
      select campaign.account_id, wanted.trunk_id, wanted.node, min(campaign.priority) as earliest,
        count(*) filter (where campaign.priority = given.priority) as equals
      from campaign_passes as pass
      join campaigns as campaign on campaign.id = pass.campaign_id
      cross join lateral (
        select trunk_id, null as node from unnest(pass.waiting_for_trunks) as trunk_id where trunk_id = any(given.trunk_ids)
        union all
        select null, node from unnest(pass.waiting_for_nodes) as node where node = any(given.nodes)
      ) as wanted
      where pass.is_starved and pass.pass_at > clock_timestamp() - interval '70 s'
        and campaign.status = 'ACTIVE' and campaign.id <> given.campaign_id
      group by campaign.account_id, wanted.trunk_id, wanted.node
    ) as rival
  ) as "rivals",
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'weekday', weekday, 'opens', to_char(opens, 'HH24:MI'),
      'closes', to_char(closes, 'HH24:MI'))), '[]')
    from campaign_windows where campaign_id = given.campaign_id
  ) as "windows",
  -- The lead partitions that wait: each zone, list and priority that occurs, with its earliest due time. Few only, because the
  -- trunks are locked: where there are more, read_partitions has read them before the locks, and none is asked for here.
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'zone', chosen.zone, 'listId', chosen.list, 'priority', chosen.priority,
      'dueMs', extract(epoch from least(greatest(chosen.due_at, '1970-01-01'), '9999-12-31')) * 1000,
      'listPriority', coalesce(lists.priority, 100), 'listActive', coalesce(lists.is_active, true))), '[]')
    from (
      with recursive lead_partition as (
        -- A loose index scan: its cost grows with the number of lead partitions, not of leads.
        (
          select coalesce(dial_timezone, '') as zone, coalesce(list_id, '00000000-0000-0000-0000-000000000000') as list,
            priority, due_at
          from leads
          where campaign_id = given.campaign_id and status in ('NEW', 'RETRY')
          order by coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
          limit 1
        )
        union all
        select next.* from lead_partition
        cross join lateral (
          select coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
          from leads
          where campaign_id = given.campaign_id and status in ('NEW', 'RETRY')
            and (coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority)
              > (lead_partition.zone, lead_partition.list, lead_partition.priority)
          order by coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
          limit 1
        ) as next
      )
      select * from lead_partition limit given.most_partitions
    ) as chosen
    left join lists on lists.id = chosen.list
  ) as "partitions"
from jsonb_to_record($1::jsonb) as given (
  campaign_id uuid, account_id uuid, priority int, trunk_ids uuid[], nodes text[],
  counts_seconds float8, day_start timestamptz, most_partitions int)
