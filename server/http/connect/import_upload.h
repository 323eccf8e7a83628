// The request of ImportJob.
#ifndef ZEUS_BSO_SERVER_HTTP_CONNECT_IMPORT_UPLOAD_H_
#define ZEUS_BSO_SERVER_HTTP_CONNECT_IMPORT_UPLOAD_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/api/access/permissions.h"
#include "server/api/streams/import_stream.h"
#include "server/http/connect/codec.h"
#include "server/http/connect/deadlines.h"
#include "server/http/exchange/message.h"
#include "server/http/exchange/workers.h"

namespace zeus::bso::http {

// Passes on records as they arrive, and responds when the import ends. If the upload is dropped before Finish, nothing
// is imported.
class ImportUpload final : public Upload {
 public:
  // Begins an import, or responds with an error. The import ends with an error if Finish is not called within
  // `timeout`. `workers` and `deadlines` outlive the upload.
  ImportUpload(const api::ImportStream::Parts& parts, const absl::StatusOr<api::Permissions>& admitted,
               api::CallRecord record, Codec codec, absl::Duration timeout, Workers& workers, Deadlines& deadlines,
               Respond respond);
  ~ImportUpload() override;

  void Take(std::string part, OnTaken on_taken) override;
  void Finish() override;

 private:
  class Records;

  Workers& workers_;
  const std::shared_ptr<api::ImportStream> stream_;
  const std::shared_ptr<Records> records_;
  const std::unique_ptr<Deadlines::Timer> timer_;
  bool finished_ = false;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_CONNECT_IMPORT_UPLOAD_H_
