// Records for tests: one of each kind, the same ones each time.
#ifndef SEKISHO_ENGINE_LOG_SAMPLE_RECORDS_H_
#define SEKISHO_ENGINE_LOG_SAMPLE_RECORDS_H_

#include <string>
#include <vector>

#include "engine/log/record.h"
#include "engine/log/signing_key.h"

namespace sekisho {

// An entity's byte form, which the sample decision cites.
std::string SampleEvidence();

// A decision in which every field has a value other than its default.
Record SampleDecision();
// One with as little as possible.
Record SmallDecision();
// One of each kind, SampleDecision first.
std::vector<Record> SampleRecords();

// The first key of RFC 8032's tests, named pdp.example/decisions.
SigningKey SampleKey();

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_SAMPLE_RECORDS_H_
