/** Shards that leases cover; a deployment's shard follows from its id. */
export const shardCount = 64;
