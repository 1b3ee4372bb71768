/*
 * Keys and values by their number, the same in every program here: words of splitmix64, so that
 * each program has the same state and does the same work, and digests can be compared. For
 * little-endian machines, as the ABI is.
 */

#ifndef PEER_KEYS_H
#define PEER_KEYS_H

#include <stdint.h>
#include <string.h>

/* Seeds: one sequence of words each. */
enum Sequence { ADDRESSES = 1, SLOTS, VALUES, CHOICES, WRITTEN };

typedef struct {
    uint8_t bytes[20];
} Address;

typedef struct {
    uint8_t bytes[32];
} Word;

static inline uint64_t mix(uint64_t word)
{
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

/* The output of splitmix64 with this number, from 0. */
static inline uint64_t random_word(enum Sequence sequence, uint64_t number)
{
    return mix((uint64_t)sequence + (number + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

static inline void store_big_endian(uint8_t *bytes, uint64_t word)
{
    word = __builtin_bswap64(word);
    memcpy(bytes, &word, sizeof word);
}

static inline uint64_t load_big_endian(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return __builtin_bswap64(word);
}

/* Four words of a sequence, big-endian. */
static inline Word random_value(enum Sequence sequence, uint64_t number)
{
    Word value;
    for (uint64_t at = 0; at < 4; at++) {
        store_big_endian(value.bytes + 8 * at, random_word(sequence, 4 * number + at));
    }
    return value;
}

/* The first 20 bytes of three words. */
static inline Address random_address(uint64_t number)
{
    uint8_t bytes[24];
    for (uint64_t at = 0; at < 3; at++) {
        store_big_endian(bytes + 8 * at, random_word(ADDRESSES, 3 * number + at));
    }
    Address address;
    memcpy(address.bytes, bytes, sizeof address.bytes);
    return address;
}

/* Folds a value into a digest. */
static inline uint64_t fold(uint64_t digest, const Word *value)
{
    for (int at = 0; at < 4; at++) digest = mix(digest ^ load_big_endian(value->bytes + 8 * at));
    return digest;
}

#endif
