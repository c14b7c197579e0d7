-- First half of a take-over: waits for claims that hold the row for key share. $1 node
select name from voice_nodes where name = $1 for update
