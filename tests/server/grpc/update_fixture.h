// UpdateJob, and jobs to change with it.
#ifndef ZEUS_BSO_TESTS_SERVER_GRPC_UPDATE_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_GRPC_UPDATE_FIXTURE_H_

#include <initializer_list>
#include <string>
#include <utility>

#include "tests/server/grpc/curves_jobs.h"
#include "tests/support/job_transfer.h"

namespace zeus::bso::rpc {

// Names the fields to be changed, one after the other.
class Update {
 public:
  explicit Update(const std::string& job_id = "job") { request_.mutable_spec()->set_job_id(job_id); }

  // The specification; `field` is changed in it.
  v1::JobSpec& Set(const std::string& field) {
    request_.mutable_update_mask()->add_paths(field);
    return *request_.mutable_spec();
  }
  Update& Sizes(std::initializer_list<int64_t> sizes) {
    Set("batch_sizes").mutable_batch_sizes()->Assign(sizes.begin(), sizes.end());
    return *this;
  }
  Update& DryRun() {
    request_.set_dry_run(true);
    return *this;
  }

  const v1::UpdateJobRequest& request() const { return request_; }

 private:
  v1::UpdateJobRequest request_;
};

inline std::string FieldsOf(const google::protobuf::RepeatedPtrField<v1::FieldChange>& changes) {
  std::string fields;
  for (const v1::FieldChange& change : changes) {
    CHECK(change.meaning().size() > 10);
    fields += (fields.empty() ? "" : ",") + change.field();
  }
  return fields;
}

class UpdateFixture : public RpcFixture {
 public:
  explicit UpdateFixture(ServerOptions options = {}) : RpcFixture(std::move(options)) {}

  v1::UpdateJobResponse Apply(const Update& update) { return Answer(Call(Optimizer::UpdateJob, update.request())); }

  void RegisterCurves() { Answer(Register(CurvesSpecMessage())); }

  // A training at a size of the test's choice that converges after so many epochs.
  void Converge(int64_t batch_size, int64_t epochs, double epoch_energy) {
    const v1::Trial trial = CreateTrial(batch_size, v1::TRIAL_TYPE_EXPLORATION);
    for (int64_t epoch = 1; epoch <= epochs; ++epoch) {
      Report(*this, trial, epoch, static_cast<double>(epoch) * epoch_energy, epoch == epochs ? 1 : 0);
    }
    REQUIRE(GetTrial(trial).converged());
  }

  v1::ExplainJobResponse Explain() { return Answer(Call(Optimizer::ExplainJob, OfJob<v1::ExplainJobRequest>())); }

  const v1::BatchSizeExplanation& Size(const v1::ExplainJobResponse& explained, int64_t batch_size) {
    for (const v1::BatchSizeExplanation& size : explained.batch_sizes()) {
      if (size.batch_size() == batch_size) return size;
    }
    FAIL("no size " << batch_size);
    return explained.batch_sizes(0);
  }

  // What is exported is whole: another server takes it.
  void CheckMovable() {
    RpcFixture other;
    Answer(testing::ImportJob(other.client(), Answer(testing::ExportJob(client()))));
  }
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_TESTS_SERVER_GRPC_UPDATE_FIXTURE_H_
