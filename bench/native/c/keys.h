/*
 * Keys and values by their number, the same in every program here: words of splitmix64, so that
 * each program has the same state and does the same work, and digests can be compared. For
 * little-endian machines, as the ABI is.
 */

#pragma once

#include <stdint.h>
#include <string.h>

/* Seeds: one sequence of words each. */
enum Sequence { ADDRESSES = 1, SLOTS, VALUES, CHOICES, WRITTEN };

/* Big-endian bytes. */
typedef union {
    uint8_t bytes[32];
    uint64_t words[4];
} Word;

typedef struct {
    uint8_t address[20];
    Word slot;
} Key;

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

/* Four words of a sequence. */
static inline Word random_value(enum Sequence sequence, uint64_t number)
{
    Word value;
    for (uint64_t at = 0; at < 4; at++) {
        value.words[at] = __builtin_bswap64(random_word(sequence, 4 * number + at));
    }
    return value;
}

/* A slot and its account, of so many: its address is the first 20 bytes of a value. */
static inline Key random_key(uint64_t number, uint64_t accounts)
{
    Word address = random_value(ADDRESSES, number % accounts);
    Key key = {.slot = random_value(SLOTS, number)};
    memcpy(key.address, address.bytes, sizeof key.address);
    return key;
}

/* Folds a value into a digest. */
static inline uint64_t fold(uint64_t digest, const Word *value)
{
    for (int at = 0; at < 4; at++) digest = mix(digest ^ __builtin_bswap64(value->words[at]));
    return digest;
}
