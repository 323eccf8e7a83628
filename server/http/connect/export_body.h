// The response to ExportJob.
#ifndef ZEUS_BSO_SERVER_HTTP_CONNECT_EXPORT_BODY_H_
#define ZEUS_BSO_SERVER_HTTP_CONNECT_EXPORT_BODY_H_

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "server/api/streams/export_stream.h"
#include "server/http/connect/codec.h"
#include "server/http/connect/deadlines.h"
#include "server/http/exchange/message.h"
#include "server/http/exchange/workers.h"

namespace zeus::bso::http {

// Each part is a number of records. The last part also has the end of the stream. Dropping the body ends the export.
class ExportBody final : public BodyStream {
 public:
  // The body keeps `timer`, which may be null, as long as it lives. `workers` outlive the body.
  ExportBody(std::shared_ptr<api::ExportStream> stream, std::unique_ptr<Deadlines::Timer> timer, Codec codec,
             Workers& workers);
  ~ExportBody() override;

  void Next(OnPart on_part) override;

 private:
  // Work in progress shares this with the body, and may outlive the body.
  struct State {
    State(std::shared_ptr<api::ExportStream> the_stream, Codec the_codec)
        : stream(std::move(the_stream)), codec(the_codec) {}

    const std::shared_ptr<api::ExportStream> stream;
    const Codec codec;
    std::atomic<bool> is_whole = false;  // The last part is made.
  };

  static std::string MakePart(State& state);

  const std::shared_ptr<State> state_;
  const std::unique_ptr<Deadlines::Timer> timer_;
  Workers& workers_;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_CONNECT_EXPORT_BODY_H_
