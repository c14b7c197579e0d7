-- Names to compare a misspelt one with, newest campaigns first. $1 account or null
select name from campaigns
where ($1::uuid is null or account_id = $1) and not is_test_call
group by name
order by max(created_at) desc
limit 500
