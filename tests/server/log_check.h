// The decision log of a server, for tests.
#ifndef SEKISHO_TESTS_SERVER_LOG_CHECK_H_
#define SEKISHO_TESTS_SERVER_LOG_CHECK_H_

#include <string>
#include <vector>

#include "engine/log/record.h"
#include "proto/sekisho/v1/decision.pb.h"

namespace sekisho {

struct Logged {
  Record record;
  std::string leaf_hash;
};

// All records below the server's data directory, by index.
std::vector<Logged> ReadLog(const std::string& data);

// Fails the test for everything that is wrong with the log.
void ExpectProved(const std::string& data);

// The record that an answer points to, or null if it is not there, or not the
// one.
const Logged* Find(const std::vector<Logged>& log,
                   const v1::LogPosition& position);

}  // namespace sekisho

#endif  // SEKISHO_TESTS_SERVER_LOG_CHECK_H_
