import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Extension;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.websocket.server.WsSci;

/** Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files. */
public final class Server {
  private static final Map<String, String> ENV = System.getenv();

  public static void main(String[] arguments) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(Files.createTempDirectory("tomcat").toString());
    tomcat.setConnector(connector());
    StandardContext context = (StandardContext) tomcat.addContext("", null);
    Tomcat.addServlet(context, "none", new HttpServlet() {});
    context.addServletMappingDecoded("/", "none");
    context.addServletContainerInitializer((classes, servlets) -> deploy(servlets), Set.of());
    tomcat.start();
    tomcat.getServer().await();
  }

  private static Connector connector() {
    Connector connector = new Connector();
    connector.setProperty("address", ENV.getOrDefault("HOST", "127.0.0.1"));
    connector.setPort(Integer.parseInt(ENV.getOrDefault("PORT", "9001")));
    if (!ENV.containsKey("TLS_CERT")) return connector;
    SSLHostConfig host = new SSLHostConfig();
    SSLHostConfigCertificate certificate =
        new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.UNDEFINED);
    certificate.setCertificateFile(ENV.get("TLS_CERT"));
    certificate.setCertificateKeyFile(ENV.get("TLS_KEY"));
    host.addCertificate(certificate);
    connector.addSslHostConfig(host);
    connector.setProperty("SSLEnabled", "true");
    connector.setScheme("https");
    connector.setSecure(true);
    return connector;
  }

  private static void deploy(ServletContext servlets) throws ServletException {
    new WsSci().onStartup(Set.of(), servlets);
    ServerContainer container =
        (ServerContainer) servlets.getAttribute(ServerContainer.class.getName());
    try {
      container.addEndpoint(
          ServerEndpointConfig.Builder.create(Echo.class, "/")
              .configurator(new Negotiation())
              .build());
    } catch (DeploymentException failure) {
      throw new ServletException(failure);
    }
  }

  /** Takes what the client offers, but for no-deflate. */
  private static final class Negotiation extends ServerEndpointConfig.Configurator {
    @Override
    public List<Extension> getNegotiatedExtensions(
        List<Extension> installed, List<Extension> requested) {
      if ("no-deflate".equals(ENV.get("VARIANT"))) return List.of();
      return super.getNegotiatedExtensions(installed, requested);
    }
  }
}
