-- Campaigns that a person may mean, with the country of their account. $1 id or null, $2 name, $3 account or null
select campaign.id, campaign.account_id as "accountId", campaign.name, campaign.status, campaign.timezone,
  coalesce(settings.default_country, 'BR') as country
from campaigns as campaign
left join account_settings as settings on settings.account_id = campaign.account_id
where (campaign.id = $1::uuid or campaign.name = $2)
  and ($3::uuid is null or campaign.account_id = $3)
order by campaign.id = $1::uuid desc nulls last, campaign.created_at desc
limit 20
