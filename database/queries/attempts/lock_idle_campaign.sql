-- Locks a campaign that may be finished, or nothing when somebody is adding a lead to it right now. $1 campaign
select id from campaigns where id = $1 and status = 'ACTIVE' for update skip locked
