// Points in time and durations as messages and back, to the microsecond.
#ifndef ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_TIME_H_
#define ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_TIME_H_

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

namespace zeus::bso::api {

inline google::protobuf::Timestamp ToProto(absl::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

inline absl::Time FromProto(const google::protobuf::Timestamp& message) {
  return absl::FromUnixMicros(google::protobuf::util::TimeUtil::TimestampToMicroseconds(message));
}

inline google::protobuf::Duration ToProto(absl::Duration duration) {
  return google::protobuf::util::TimeUtil::MicrosecondsToDuration(absl::ToInt64Microseconds(duration));
}

inline absl::Duration FromProto(const google::protobuf::Duration& message) {
  return absl::Microseconds(google::protobuf::util::TimeUtil::DurationToMicroseconds(message));
}

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_TIME_H_
