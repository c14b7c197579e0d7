-- A test call is over; a person's completion, so that nothing makes its campaign ACTIVE again. $1 campaign
update campaigns set status = 'COMPLETED' where id = $1 and status in ('ACTIVE', 'PAUSED')
