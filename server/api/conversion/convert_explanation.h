// What a policy believes, as a message.
#ifndef ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_EXPLANATION_H_
#define ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_EXPLANATION_H_

#include "server/policy/explanation.h"
#include "zeus/bso/v1/explanation.pb.h"

namespace zeus::bso::api {

// Fills in what follows from the beliefs alone: best_batch_size, the savings and the batch sizes.
void ToProto(const Explanation& explanation, v1::ExplainJobResponse& message);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_EXPLANATION_H_
