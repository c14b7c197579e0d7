-- What speaks against dialling each of these numbers now. The attempts looked at are those of the last days only.
-- $1 account id, $2 campaign id, $3 phones, $4 gap seconds, $5 start of the account's day
select phone.e164 as phone,
  exists (
    select from dnc_entries as dnc
    where dnc.account_id = $1 and dnc.phone_e164 = phone.e164 and (dnc.campaign_id is null or dnc.campaign_id = $2)
      and (dnc.expires_at is null or dnc.expires_at > clock_timestamp())
  ) as "onDnc",
  exists (
    select from call_attempts as live
    where live.account_id = $1 and live.phone_e164 = phone.e164 and live.end_at is null
  ) as "isLive",
  (
    select count(*)::int from call_attempts as dialled
    where dialled.account_id = $1 and dialled.phone_e164 = phone.e164 and dialled.originate_at >= $5::timestamptz
  ) as "dialsToday",
  (
    select extract(epoch from max(rang.end_at)) * 1000 from call_attempts as rang
    where rang.account_id = $1 and rang.phone_e164 = phone.e164
      and rang.originate_at > clock_timestamp() - $4::int * interval '1 s' - interval '1 day'
      and coalesce(rang.ring_at, rang.early_media_at, rang.answer_at) is not null
  ) as "lastRangMs"
from unnest($3::text[]) as phone (e164)
