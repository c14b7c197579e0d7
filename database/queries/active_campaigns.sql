-- Campaigns that are dialled.
select id from campaigns where status = 'ACTIVE' order by priority, id
