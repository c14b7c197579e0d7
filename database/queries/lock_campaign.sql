-- Locks an ACTIVE campaign for one scheduling pass. $1 campaign id
select campaign.id, campaign.account_id as "accountId", campaign.priority,
  campaign.max_concurrent_calls as "maxConcurrentCalls", campaign.max_attempts as "maxAttempts",
  campaign.max_dials as "maxDials", campaign.caller_id as "callerId", campaign.timezone,
  to_char(campaign.start_time, 'HH24:MI') as "startTime", to_char(campaign.end_time, 'HH24:MI') as "endTime",
  campaign.work_days::int[] as "workDays", campaign.auto_complete as "autoComplete", campaign.is_test_call as "isTestCall",
  extract(epoch from campaign.valid_until) * 1000 as "validUntilMs",
  coalesce(settings.default_country, 'BR') as "defaultCountry",
  coalesce(settings.timezone, 'America/Sao_Paulo') as "accountTimezone",
  coalesce(settings.min_gap_seconds, 3600) as "minGapSeconds",
  coalesce(settings.max_dials_per_phone_per_day, 8) as "maxDialsPerPhonePerDay",
  extract(epoch from clock_timestamp()) * 1000 as "nowMs"
from campaigns as campaign
left join account_settings as settings on settings.account_id = campaign.account_id
where campaign.id = $1 and campaign.status = 'ACTIVE'
for no key update of campaign
