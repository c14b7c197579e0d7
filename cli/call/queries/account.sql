-- How an account reads numbers and clocks. $1 account
select coalesce(settings.default_country, 'BR') as country, coalesce(settings.timezone, 'America/Sao_Paulo') as timezone
from (select $1::uuid as account_id) as given
left join account_settings as settings on settings.account_id = given.account_id
