module dev.meshseal/testbed/peer

go 1.26
