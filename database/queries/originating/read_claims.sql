-- Locks attempts that are still QUEUED and their leads, in id order, with what may have changed since they were queued, if this
-- engine is the node's leader; those that another transaction holds are left out. A take-over is kept out until the transaction
-- ends, and waited for first, because the row of the lease is needed before an attempt can be locked. $1 attempt ids, $2 node, $3
-- engine, $4 epoch
with lease as materialized (
  select lease_holder = $3 and lease_epoch = $4 and lease_expires_at > clock_timestamp() as held
  from voice_nodes where name = $2
  for key share
)
select attempt.id, attempt.account_id as "accountId", attempt.campaign_id as "campaignId", attempt.lead_id as "leadId",
  attempt.phone_e164 as "phoneE164", attempt.trunk_id as "trunkId", attempt.caller_id_used as "callerId",
  extract(epoch from attempt.slot_at) * 1000 as "slotMs", extract(epoch from clock_timestamp()) * 1000 as "nowMs",
  campaign.status as "campaignStatus",
  case when account.id is null and not dialer_every_user_is_account() then 'ACCOUNT_UNKNOWN'
    when not account.is_active then 'ACCOUNT_INACTIVE'
    when not attempt.trunk_id = any(account.allowed_trunk_ids) then 'ACCOUNT_TRUNKS' end as "accountFlaw",
  case when destination.voice_node <> attempt.voice_node then 'DESTINATION_NODE'
    else nullif(dialer_destination_flaw(campaign.destination_id, campaign.account_id), '') end as "destinationFlaw",
  account.allowed_countries as "allowedCountries", account.allowed_caller_ids as "allowedCallerIds",
  trunk.caller_id as "trunkCallerId",
  account.max_concurrent_calls as "maxConcurrentCalls", account.max_calls_per_second::float8 as "maxCallsPerSecond",
  account.max_dials_per_day as "maxDialsPerDay",
  coalesce(settings.default_country, 'BR') as "defaultCountry",
  coalesce(settings.timezone, 'America/Sao_Paulo') as "accountTimezone",
  case when campaign.valid_until < '9999-12-31' then extract(epoch from greatest(campaign.valid_until, '1970-01-01')) * 1000 end
    as "validUntilMs",
  campaign.timezone, to_char(campaign.start_time, 'HH24:MI') as "startTime",
  to_char(campaign.end_time, 'HH24:MI') as "endTime", campaign.work_days::int[] as "workDays",
  case when destination.id is null then campaign.dialplan_context else destination.context end as "context",
  coalesce(destination.extension, campaign.dialplan_extension) as "extension",
  campaign.setup_timeout_seconds as "setupTimeoutSeconds", campaign.ring_timeout_seconds as "ringTimeoutSeconds",
  least(campaign.max_call_duration_seconds, account.max_call_duration_seconds) as "maxCallDurationSeconds",
  campaign.max_dials as "maxDials", campaign.variables,
  lead.dial_timezone as "zone", lead.status as "leadStatus", lead.dials,
  case when lead.dial_phone_id is null then lead.phone_e164
    else (select number.phone_e164 from lead_phones as number where number.id = lead.dial_phone_id) end as "leadPhoneE164",
  trunk.dial_string as "dialString", trunk.is_active as "trunkIsActive",
  exists (
    select from dnc_entries as dnc
    where dnc.account_id = attempt.account_id and dialer_phone_key(dnc.phone_e164) = dialer_phone_key(attempt.phone_e164)
      and (dnc.campaign_id is null or dnc.campaign_id = attempt.campaign_id)
      and (dnc.expires_at is null or dnc.expires_at > clock_timestamp())
  ) or case when exists (select from erased_do_not_call where erased_do_not_call.account_id = attempt.account_id)
    then dialer_erased_until(attempt.account_id, attempt.campaign_id, attempt.phone_e164) is not null else false end as "onDnc",
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'weekday', hours.weekday, 'opens', to_char(hours.opens, 'HH24:MI'), 'closes', to_char(hours.closes, 'HH24:MI'))), '[]')
    from campaign_windows as hours where hours.campaign_id = campaign.id
  ) as "windows"
from lease
join call_attempts as attempt on lease.held
join campaigns as campaign on campaign.id = attempt.campaign_id
left join destinations as destination on destination.id = campaign.destination_id
left join accounts as account on account.id = attempt.account_id
left join account_settings as settings on settings.account_id = attempt.account_id
join leads as lead on lead.id = attempt.lead_id
join trunk_config as trunk on trunk.id = attempt.trunk_id
where attempt.id = any($1::uuid[]) and attempt.state = 'QUEUED'
order by attempt.id
for update of attempt skip locked
for no key update of lead skip locked
