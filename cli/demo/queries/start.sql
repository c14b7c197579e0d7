-- Starts the campaign, as a person does. $1 campaign
update campaigns set status = 'ACTIVE' where id = $1
