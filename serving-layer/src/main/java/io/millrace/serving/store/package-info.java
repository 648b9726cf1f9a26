/**
 * The replica's local RocksDB: tables, their keys, a run's data in it. A cache that is filled from
 * elsewhere; uses no other room.
 */
package io.millrace.serving.store;
