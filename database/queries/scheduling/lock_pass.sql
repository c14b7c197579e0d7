-- Locks an ACTIVE campaign and then, in id order, the trunks it may use and those that share a limit group with one of them.
-- What others change while this waits for them is read after it (read_pass). $1 campaign id
with campaign as (
  select campaign.* from campaigns as campaign where campaign.id = $1 and campaign.status = 'ACTIVE' for no key update
), limited as materialized (
  -- Limits over all campaigns of an account are counted by one of its passes at a time.
  select account.id from campaign join accounts as account on account.id = campaign.account_id
  where num_nonnulls(account.max_concurrent_calls, account.max_calls_per_second, account.max_dials_per_day) > 0
  for no key update of account
), allowed as (
  select trunk.id, trunk.limit_group, trunk.voice_node
  from campaign
  cross join (select count(*) as locked_first from limited) as account_lock
  join trunk_config as trunk on trunk.account_id is null or trunk.account_id = campaign.account_id
  where account_lock.locked_first >= 0
    and (trunk.id in (select bound.trunk_id from campaign_trunks as bound where bound.campaign_id = $1)
      or not exists (select from campaign_trunks as bound where bound.campaign_id = $1))
    and not exists (
      select from accounts as account
      where account.id = campaign.account_id and not trunk.id = any(account.allowed_trunk_ids))
    -- An answered call is handed to a place in the PBX that it goes out of.
    and not exists (
      select from destinations as destination
      where destination.id = campaign.destination_id and destination.voice_node <> trunk.voice_node)
)
select campaign.id, campaign.account_id as "accountId", campaign.priority,
  campaign.max_concurrent_calls as "maxConcurrentCalls", campaign.max_attempts as "maxAttempts",
  campaign.max_dials as "maxDials", campaign.caller_id as "callerId", campaign.timezone,
  to_char(campaign.start_time, 'HH24:MI') as "startTime", to_char(campaign.end_time, 'HH24:MI') as "endTime",
  campaign.work_days::int[] as "workDays", campaign.auto_complete as "autoComplete", campaign.is_test_call as "isTestCall",
  case when campaign.valid_until < '9999-12-31' then extract(epoch from greatest(campaign.valid_until, '1970-01-01')) * 1000 end
    as "validUntilMs",
  coalesce(settings.default_country, 'BR') as "defaultCountry",
  coalesce(settings.timezone, 'America/Sao_Paulo') as "accountTimezone",
  coalesce(settings.min_gap_seconds, 3600) as "minGapSeconds",
  coalesce(settings.max_dials_per_phone_per_day, 8) as "maxDialsPerPhonePerDay",
  extract(epoch from clock_timestamp()) * 1000 as "nowMs",
  case when account.id is null and not dialer_every_user_is_account() then 'ACCOUNT_UNKNOWN'
    when not account.is_active then 'ACCOUNT_INACTIVE' end as "accountFlaw",
  nullif(dialer_destination_flaw(campaign.destination_id, campaign.account_id), '') as "destinationFlaw",
  account.allowed_trunk_ids is not null as "hasTrunkLimit", account.allowed_countries as "allowedCountries", account.allowed_caller_ids as "allowedCallerIds",
  account.max_concurrent_calls as "accountConcurrentCalls",
  account.max_calls_per_second::float8 as "accountCallsPerSecond", account.max_dials_per_day as "accountDialsPerDay",
  locked.trunks
from campaign
left join accounts as account on account.id = campaign.account_id
left join account_settings as settings on settings.account_id = campaign.account_id
cross join lateral (
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', trunk.id, 'name', trunk.name, 'node', trunk.voice_node, 'dialString', trunk.dial_string,
    'callerId', trunk.caller_id, 'cpsLimit', trunk.cps_limit, 'maxChannels', trunk.max_channels,
    'limitGroup', trunk.limit_group, 'priority', trunk.priority, 'weight', trunk.weight,
    'numberPattern', trunk.number_pattern, 'isActive', trunk.is_active, 'health', trunk.health,
    'disabledUntilMs', extract(epoch from trunk.disabled_until) * 1000,
    'isAllowed', trunk.id in (select allowed.id from allowed),
    'isProbed', trunk.health = 'DEGRADED' and trunk.disabled_reason is not null,
    'isDemoted', trunk.health = 'DEGRADED' and trunk.disabled_reason is null
      and coalesce(trunk.last_fault_at > clock_timestamp() - interval '1 min', false)
  ) order by trunk.id), '[]') as trunks
  from (
    select trunk_config.* from trunk_config
    where trunk_config.id in (select allowed.id from allowed)
      or (trunk_config.limit_group, trunk_config.voice_node) in (select allowed.limit_group, allowed.voice_node from allowed)
    order by trunk_config.id
    for no key update
  ) as trunk
) as locked
