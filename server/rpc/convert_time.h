// Points in time as messages and back, to the microsecond.
#ifndef ZEUS_BSO_SERVER_RPC_CONVERT_TIME_H_
#define ZEUS_BSO_SERVER_RPC_CONVERT_TIME_H_

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

namespace zeus::bso::rpc {

inline google::protobuf::Timestamp ToProto(absl::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

inline absl::Time FromProto(const google::protobuf::Timestamp& message) {
  return absl::FromUnixMicros(google::protobuf::util::TimeUtil::TimestampToMicroseconds(message));
}

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_CONVERT_TIME_H_
