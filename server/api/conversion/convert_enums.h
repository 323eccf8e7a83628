// Enumerators as those of messages and back.
#ifndef ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_ENUMS_H_
#define ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_ENUMS_H_

#include "model/job.h"
#include "model/trial.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso::api {

v1::Policy ToProto(PolicyKind policy);
v1::TrialType ToProto(TrialType type);
v1::TrialStatus ToProto(TrialStatus status);
v1::TrialFailure ToProto(TrialFailure failure);
v1::EndReason ToProto(EndReason reason);
v1::Stage ToProto(Stage stage);

// Unspecified is kZeus.
PolicyKind FromProto(v1::Policy policy);
// Unspecified is kExploration.
TrialType FromProto(v1::TrialType type);
// Unspecified is kDispatched.
TrialStatus FromProto(v1::TrialStatus status);
// Unspecified is kFailed.
TrialFailure FromProto(v1::TrialFailure failure);
// Unspecified is kTargetReached.
EndReason FromProto(v1::EndReason reason);
// Unspecified is kPruning.
Stage FromProto(v1::Stage stage);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_ENUMS_H_
