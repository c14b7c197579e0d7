-- Makes the node of this engine known. $1 node
insert into voice_nodes (name) values ($1) on conflict do nothing
